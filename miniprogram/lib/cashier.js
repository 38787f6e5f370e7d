/**
 * Opens WeChat's cashier. What it answers is what the phone says, not that money has moved: only the server knows that.
 * @param {import('../api/model').Call} call
 * @returns {Promise<'ok' | 'cancel' | 'fail'>}
 */
function open(call) {
  return new Promise((resolve) => {
    wx.requestPayment({
      timeStamp: call.timeStamp,
      nonceStr: call.nonceStr,
      package: call.package,
      signType: /** @type {'RSA'} */ (call.signType),
      paySign: call.paySign,
      success: () => resolve('ok'),
      fail: (told) => resolve(/cancel/i.test(told.errMsg) ? 'cancel' : 'fail'),
    });
  });
}

module.exports = { open };
