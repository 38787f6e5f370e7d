const api = require('../../api/index');
const { Problem } = require('../../api/problem');
const { Following } = require('../../lib/follow');
const { fill } = require('../../lib/loading');
const { refundLine } = require('../../lib/refunds');
const words = require('../../lib/words');

/** How far a refund has come. */
Page({
  data: {
    words: { refundNumber: words.refundNumber },
    state: /** @type {import('../../lib/loading').ScreenState} */ ('loading'),
    problem: '',
    refund: /** @type {ReturnType<typeof refundLine> | null} */ (null),
  },
  id: '',
  refundId: '',
  following: /** @type {Following} */ (/** @type {unknown} */ (null)),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.id = decodeURIComponent(query.id || '');
    this.refundId = decodeURIComponent(query.refund || '');
    this.following = new Following({
      load: () => this.load(),
      isOver: () => Boolean(this.data.refund && this.data.refund.isOver),
    });
  },

  onShow() {
    return this.following.show();
  },

  onHide() {
    this.following.hide();
  },

  onUnload() {
    this.following.hide();
  },

  async onPullDownRefresh() {
    await this.look();
    wx.stopPullDownRefresh();
  },

  look() {
    return this.following.look();
  },

  load() {
    return fill(this, async () => {
      const payment = await api.payment(this.id);
      const refund = payment.refunds.find((one) => one.out_refund_no === this.refundId);
      if (!refund) throw new Problem('not_found', '没有找到这笔退费。', { status: 404 });
      return { refund: refundLine(refund) };
    });
  },
});
