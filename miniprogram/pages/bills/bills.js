const api = require('../../api/index');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const { yuan, total } = require('../../lib/money');
const showing = require('../../lib/showing');

/** Every unpaid bill, by patient; straight after a scan only those of the scanned bill's patient. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    scanned: false,
    count: 0,
    total: '',
    patients: /** @type {ReturnType<typeof showing.patients>} */ ([]),
  },

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.setData({ scanned: query.scanned === '1' });
  },

  load() {
    return fill(this, async () => {
      const told = (await api.bills()).items;
      const scanned = told.filter((entry) => entry.from_scan);
      const entries = this.data.scanned && scanned.length ? scanned : told;
      const owed = entries.flatMap((entry) => entry.bills);
      return { count: owed.length, total: yuan(total(owed)), patients: showing.patients(entries) };
    });
  },

  bind() {
    wx.navigateTo({ url: '/pages/bind/bind' });
  },
});
