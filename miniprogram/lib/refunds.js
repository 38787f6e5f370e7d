/** What the pages show of a refund: plain text, ready for WXML. */

const { yuan } = require('./money');
const { dayAndTime } = require('./time');

/** @typedef {import('../api/model').Refund} Refund */

const REFUND_STEPS = ['approved', 'submitted', 'succeeded'];

/**
 * The words are the server's: the same as on its pages.
 * @param {Refund} refund
 */
function refundLine(refund) {
  return {
    id: refund.out_refund_no,
    amount: yuan(refund.amount_fen),
    reason: refund.reason_text,
    text: refund.text,
    detail: refund.detail,
    look: refund.look,
    requestedAt: dayAndTime(refund.requested_at),
    finishedAt: refund.finished_at ? dayAndTime(refund.finished_at) : '',
    isOver: Boolean(refund.finished_at),
    step: REFUND_STEPS.indexOf(refund.state === 'released' ? 'approved' : refund.state),
  };
}

module.exports = { refundLine };
