/** Large type: what the person chose here, else what WeChat is set to. Kept on the phone: it is about this phone's screen. */

const KEY = 'large_type';
/** WeChat's own scale is 15 to 26 with 17 or 16 as the default, by version. From `LARGE_FROM_PX` on somebody has asked for larger text. */
const ORDINARY_PX = 17;
const LARGE_FROM_PX = 20;
/** 大字模式, and the most by which the pages grow. */
const LARGE = 1.33;
const MOST = 1.5;

/** By how much all type is larger than ordinary: 1 to 1.5. */
function scale() {
  const chosen = wx.getStorageSync(KEY);
  if (chosen === false) return 1;
  const base = wx.getAppBaseInfo ? wx.getAppBaseInfo() : undefined;
  const set = Number(base && base.fontSizeSetting) || 0;
  const asked = set >= LARGE_FROM_PX ? set / ORDINARY_PX : 1;
  return Math.min(MOST, chosen === true ? Math.max(asked, LARGE) : asked);
}

/** @returns {boolean} */
function isLarge() {
  return scale() > 1;
}

/** @param {boolean} large */
function choose(large) {
  wx.setStorageSync(KEY, large);
}

module.exports = { scale, isLarge, choose };
