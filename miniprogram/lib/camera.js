/** @returns {Promise<string | null>} what the code says; null when the person went back, or the camera may not be used */
function read() {
  return new Promise((resolve) => {
    wx.scanCode({ scanType: ['qrCode'], success: (told) => resolve(told.result), fail: () => resolve(null) });
  });
}

module.exports = { read };
