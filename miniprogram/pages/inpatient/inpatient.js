const api = require('../../api/index');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const staying = require('../../lib/staying');

/** The admissions of this person's patients. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    note: '',
    admissions: /** @type {ReturnType<typeof staying.admission>[]} */ ([]),
  },

  load() {
    return fill(this, async () => {
      const { items, note } = await api.admissions();
      return { admissions: items.map(staying.admission), note };
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
  open(event) {
    wx.navigateTo({ url: `/pages/admission/admission?key=${encodeURIComponent(event.currentTarget.dataset.key)}` });
  },

  wristband() {
    wx.navigateTo({ url: '/pages/wristband/wristband' });
  },

  bind() {
    wx.navigateTo({ url: '/pages/bind/bind?admission=1' });
  },
});
