/**
 * Asks before something ends.
 * @param {string} title
 * @param {string} content
 * @param {{ yes: string, no: string }} [words] of four characters at most, as WeChat shows no more
 * @returns {Promise<boolean>}
 */
function sure(title, content, words = { yes: '解除', no: '不解除' }) {
  return new Promise((resolve) => {
    wx.showModal({
      title,
      content,
      confirmText: words.yes,
      cancelText: words.no,
      success: (told) => resolve(told.confirm),
      fail: () => resolve(false),
    });
  });
}

module.exports = { sure };
