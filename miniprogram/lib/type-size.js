/** Large type: what the person chose here, else what WeChat is set to. Kept on the phone: it is about this phone's screen. */

const KEY = 'large_type';
/** WeChat's own scale is 15 to 26 with 17 or 16 as the default, by version. From here on somebody has asked for larger text. */
const LARGE_FROM_PX = 20;

/** @returns {boolean} */
function isLarge() {
  const chosen = wx.getStorageSync(KEY);
  if (typeof chosen === 'boolean') return chosen;
  const base = wx.getAppBaseInfo ? wx.getAppBaseInfo() : undefined;
  return Boolean(base && Number(base.fontSizeSetting) >= LARGE_FROM_PX);
}

/** @param {boolean} large */
function choose(large) {
  wx.setStorageSync(KEY, large);
}

module.exports = { isLarge, choose };
