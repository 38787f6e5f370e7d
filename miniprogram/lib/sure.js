/**
 * Asks before a binding ends.
 * @param {string} title
 * @param {string} content
 * @returns {Promise<boolean>}
 */
function sure(title, content) {
  return new Promise((resolve) => {
    wx.showModal({
      title,
      content,
      confirmText: '解除',
      cancelText: '不解除',
      success: (told) => resolve(told.confirm),
      fail: () => resolve(false),
    });
  });
}

module.exports = { sure };
