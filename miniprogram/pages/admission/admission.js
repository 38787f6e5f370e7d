const api = require('../../api/index');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const staying = require('../../lib/staying');

/** One stay: what is left or owed, and the ways to its days, deposits and discharge. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    admission: /** @type {ReturnType<typeof staying.admission> | null} */ (null),
  },
  key: '',

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.key = decodeURIComponent(query.key || '');
  },

  load() {
    return fill(this, async () => ({ admission: staying.admission(await api.admission(this.key)) }));
  },

  topUp() {
    wx.navigateTo({ url: `/pages/topup/topup?key=${encodeURIComponent(this.key)}` });
  },

  discharge() {
    wx.navigateTo({ url: `/pages/discharge/discharge?key=${encodeURIComponent(this.key)}` });
  },

  days() {
    wx.navigateTo({ url: `/pages/day/day?key=${encodeURIComponent(this.key)}` });
  },

  deposits() {
    wx.navigateTo({ url: `/pages/deposits/deposits?key=${encodeURIComponent(this.key)}` });
  },
});
