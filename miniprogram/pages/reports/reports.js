const api = require('../../api/index');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const reporting = require('../../lib/reporting');

/** The audited reports of this person's patients, the newest first. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    note: '',
    patients: /** @type {ReturnType<typeof reporting.patients>} */ ([]),
  },

  load() {
    return fill(this, async () => {
      const { items, note } = await api.reports();
      return { patients: reporting.patients(items), note };
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
  open(event) {
    wx.navigateTo({ url: `/pages/report/report?key=${encodeURIComponent(event.currentTarget.dataset.key)}` });
  },
});
