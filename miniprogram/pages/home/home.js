const api = require('../../api/index');
const help = require('../../lib/help');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const members = require('../../lib/members');
const lines = require('../../lib/needs');
const places = require('../../lib/places');
const { day } = require('../../lib/time');

/** Where a person arrives: what they need now, what the hospital has to say, and the ways on. */
Page({
  ...whenShown,
  ...members.whenChosen,
  data: {
    ...LOADING,
    hospital: '',
    ...members.MEMBERS,
    needs: /** @type {ReturnType<typeof lines.needs>} */ ([]),
    places: /** @type {ReturnType<typeof places.links>} */ ([]),
    elsewhere: false,
    nobody: false,
    note: '',
    notices: /** @type {{ id: string, title: string, text: string, day: string, open: boolean }[]} */ ([]),
  },

  load() {
    return fill(this, async () => {
      const [me, home, notices] = await Promise.all([api.me(), api.home(this.data.chosen), api.notices()]);
      help.remember(me.hospital.help_phone);
      const needs = lines.needs(home);
      return {
        hospital: me.hospital.name,
        chosen: home.chosen || '',
        members: members.lines(home.members, home.chosen || ''),
        needs,
        places: places.links(home.places),
        elsewhere: needs.some((need) => !need.url) || home.places.some((place) => !places.url(place.page)),
        nobody: home.members.length === 0,
        note: home.note,
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
    const { url } = event.currentTarget.dataset;
    if (url) wx.navigateTo({ url });
  },
});
