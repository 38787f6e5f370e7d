const api = require('../../api/index');
const help = require('../../lib/help');
const { fill } = require('../../lib/loading');
const { yuan, total } = require('../../lib/money');
const showing = require('../../lib/showing');
const { day } = require('../../lib/time');

/** Where a person arrives: what is to be paid, what the hospital has to say, and the four ways on. */
Page({
  data: {
    state: /** @type {import('../../lib/loading').ScreenState} */ ('loading'),
    problem: '',
    hospital: '',
    count: 0,
    total: '',
    patients: /** @type {ReturnType<typeof showing.patients>} */ ([]),
    notices: /** @type {{ id: string, title: string, text: string, day: string, open: boolean }[]} */ ([]),
  },

  onShow() {
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return fill(this, async () => {
      const [me, bills, notices] = await Promise.all([api.me(), api.bills(), api.notices()]);
      help.remember(me.hospital.help_phone);
      const owed = bills.items.flatMap((entry) => entry.bills);
      return {
        hospital: me.hospital.name,
        count: owed.length,
        total: yuan(total(owed)),
        patients: showing.patients(bills.items),
        notices: notices.items.map((notice) => ({
          id: notice.id,
          title: notice.title,
          text: notice.text,
          day: notice.at ? day(notice.at) : '',
          open: false,
        })),
      };
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { index: number }>} event */
  openNotice(event) {
    const { index } = event.currentTarget.dataset;
    this.setData({ [`notices[${index}].open`]: !this.data.notices[index].open });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { url: string }>} event */
  go(event) {
    wx.navigateTo({ url: event.currentTarget.dataset.url });
  },
});
