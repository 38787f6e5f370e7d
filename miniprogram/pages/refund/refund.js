const api = require('../../api/index');
const { Problem } = require('../../api/problem');
const { Following, whenSeen } = require('../../lib/follow');
const { LOADING, fill } = require('../../lib/loading');
const { refundLine } = require('../../lib/refunds');
const words = require('../../lib/words');

/** How far a refund has come. */
Page({
  ...whenSeen,
  data: {
    words: { refundNumber: words.refundNumber },
    ...LOADING,
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
