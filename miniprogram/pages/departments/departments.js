const api = require('../../api/index');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const registering = require('../../lib/registering');
const typed = require('../../lib/typed');

/** The departments that take registrations; found by name or initials. */
Page({
  ...whenPulled,
  data: {
    ...LOADING,
    typed: '',
    searched: '',
    departments: /** @type {ReturnType<typeof registering.department>[]} */ ([]),
  },

  onLoad() {
    return this.load();
  },

  load() {
    return fill(this, async () => {
      const searched = typed.plain(this.data.typed);
      return { searched, departments: (await api.departments(searched)).items.map(registering.department) };
    });
  },

  /** @param {WechatMiniprogram.Input} event */
  type(event) {
    this.setData({ typed: event.detail.value });
  },

  all() {
    this.setData({ typed: '' });
    return this.load();
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { no: string }>} event */
  open(event) {
    wx.navigateTo({ url: `/pages/department/department?no=${encodeURIComponent(event.currentTarget.dataset.no)}` });
  },

  appointments() {
    wx.navigateTo({ url: '/pages/appointments/appointments' });
  },
});
