const api = require('../../api/index');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const members = require('../../lib/members');
const staying = require('../../lib/staying');

/** The admissions of this person's patients. */
Page({
  ...whenShown,
  ...members.whenChosen,
  data: {
    ...LOADING,
    ...members.MEMBERS,
    note: '',
    admissions: /** @type {ReturnType<typeof staying.admission>[]} */ ([]),
  },

  load() {
    return fill(this, async () => {
      const [{ items, note }, cards] = await Promise.all([api.admissions(), api.cards()]);
      const of = members.of(cards.items, this.data.chosen);
      return { ...of, admissions: members.only(items, of.chosen).map(staying.admission), note };
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
