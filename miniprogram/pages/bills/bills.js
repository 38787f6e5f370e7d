const api = require('../../api/index');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const members = require('../../lib/members');
const { yuan, total } = require('../../lib/money');
const showing = require('../../lib/showing');

/** @param {import('../../api/model').PatientBills[]} entries */
function owed(entries) {
  const bills = entries.flatMap((entry) => entry.bills);
  return { count: bills.length, total: yuan(total(bills)), patients: showing.patients(entries) };
}

/** Every unpaid bill, by patient; straight after a scan only those of the scanned bill's patient. */
Page({
  ...whenShown,
  ...members.whenChosen,
  data: {
    ...LOADING,
    ...members.MEMBERS,
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
      const [{ items: told }, { items: cards }] = await Promise.all([api.bills(), api.cards()]);
      const scanned = told.filter((entry) => entry.from_scan);
      if (this.data.scanned && scanned.length) return { ...members.MEMBERS, ...owed(scanned) };
      const of = members.of([...cards, ...scanned.filter((entry) => !cards.some((card) => card.card_key === entry.card_key))], this.data.chosen);
      return { ...of, ...owed(members.only(told, of.chosen)) };
    });
  },

  bind() {
    wx.navigateTo({ url: '/pages/bind/bind' });
  },
});
