const api = require('../../api/index');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const members = require('../../lib/members');
const reporting = require('../../lib/reporting');

/** The audited reports of this person's patients, the newest first. */
Page({
  ...whenShown,
  ...members.whenChosen,
  data: {
    ...LOADING,
    ...members.MEMBERS,
    note: '',
    patients: /** @type {ReturnType<typeof reporting.patients>} */ ([]),
  },

  load() {
    return fill(this, async () => {
      const [{ items, note }, cards] = await Promise.all([api.reports(), api.cards()]);
      const of = members.of(cards.items, this.data.chosen);
      return { ...of, patients: reporting.patients(members.only(items, of.chosen)), note };
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
  open(event) {
    wx.navigateTo({ url: `/pages/report/report?key=${encodeURIComponent(event.currentTarget.dataset.key)}` });
  },
});
