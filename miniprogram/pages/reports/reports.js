const api = require('../../api/index');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const reporting = require('../../lib/reporting');

/** The audited reports of this person's patients, the newest first. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    patients: /** @type {ReturnType<typeof reporting.patients>} */ ([]),
  },

  load() {
    return fill(this, async () => ({ patients: reporting.patients((await api.reports()).items) }));
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
  open(event) {
    wx.navigateTo({ url: `/pages/report/report?key=${encodeURIComponent(event.currentTarget.dataset.key)}` });
  },
});
