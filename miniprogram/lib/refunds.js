/** What the pages show of a refund: plain text, ready for WXML. */

const { yuan } = require('./money');
const { dayAndTime } = require('./time');
const words = require('./words');

/** @typedef {import('../api/model').Refund} Refund */

const REFUND_TEXTS = /** @type {Record<string, [string, string]>} */ ({
  requested: ['退费申请已提交', '等待医院审核。'],
  approved: [words.refundApproved, ''],
  released: [words.refundReleased, '医院已办理，正在退回您付款的账户。'],
  submitted: [words.refundSubmitted, '已交给微信支付，请留意到账通知。'],
  succeeded: [words.refundSucceeded, '已退回您付款的账户。'],
  abnormal: [words.refundAbnormal, '医院正在处理，钱不会丢失。'],
  closed: ['这次退费没有成功', '医院会重新办理，钱不会丢失。'],
  rejected: ['退费申请未通过', '如有疑问，请联系医院。'],
  withdrawn: ['退费申请已撤回', ''],
  expired: ['退费申请已过期', '需要时请重新申请。'],
});
const REFUND_STEPS = ['requested', 'approved', 'submitted', 'succeeded'];

/** @param {Refund} refund */
function refundLine(refund) {
  const [text, detail] = REFUND_TEXTS[refund.state] || ['退费处理中', '请稍后再看。'];
  return {
    id: refund.out_refund_no,
    amount: yuan(refund.amount_fen),
    reason: refund.reason_text,
    text,
    detail,
    look: refund.state === 'succeeded' ? 'success' : refund.finished_at ? 'info' : 'waiting',
    requestedAt: dayAndTime(refund.requested_at),
    finishedAt: refund.finished_at ? dayAndTime(refund.finished_at) : '',
    isOver: Boolean(refund.finished_at),
    step: REFUND_STEPS.indexOf(refund.state === 'released' ? 'approved' : refund.state),
  };
}

module.exports = { refundLine };
