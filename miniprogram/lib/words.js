/** The names of states and things, as server/payments/texts.py has them; a test compares the two. */

module.exports = {
  total: '总费用',
  fund: '医保统筹支付',
  account: '医保个人账户支付',
  paymentNumber: '支付单号',
  billNumber: '缴费单号',
  refundNumber: '退费单号',
  billPaid: '已支付',
  billRefunded: '已退费',
  billCancelled: '已作废',
};
