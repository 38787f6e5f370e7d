const api = require('../../api/index');
const { Problem } = require('../../api/problem');
const { follow } = require('../../lib/follow');
const { fill } = require('../../lib/loading');
const showing = require('../../lib/showing');

/** How far a refund has come. */
Page({
  data: {
    state: /** @type {import('../../lib/loading').ScreenState} */ ('loading'),
    problem: '',
    refund: /** @type {ReturnType<typeof showing.refundLine> | null} */ (null),
  },
  id: '',
  refundId: '',
  stop: () => {},
  isSeen: false,

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.id = decodeURIComponent(query.id || '');
    this.refundId = decodeURIComponent(query.refund || '');
  },

  async onShow() {
    this.isSeen = true;
    this.stop();
    await this.load();
    if (this.isSeen && !this.isOver()) this.stop = follow(async () => (await this.load()) && this.isOver());
  },

  onHide() {
    this.isSeen = false;
    this.stop();
  },

  onUnload() {
    this.isSeen = false;
    this.stop();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  isOver() {
    return Boolean(this.data.refund && this.data.refund.isOver);
  },

  load() {
    return fill(this, async () => {
      const payment = await api.payment(this.id);
      const refund = payment.refunds.find((one) => one.out_refund_no === this.refundId);
      if (!refund) throw new Problem('not_found', '没有找到这笔退费。', { status: 404 });
      return { refund: showing.refundLine(refund) };
    });
  },
});
