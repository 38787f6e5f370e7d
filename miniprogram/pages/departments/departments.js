const api = require('../../api/index');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const registering = require('../../lib/registering');
const typed = require('../../lib/typed');

/** The departments that take registrations, and doctors: found by name or initials; with nothing typed, the doctors whom the person has marked. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    typed: '',
    searched: '',
    doctors: /** @type {ReturnType<typeof registering.doctorLine>[]} */ ([]),
    departments: /** @type {ReturnType<typeof registering.department>[]} */ ([]),
  },

  load() {
    return fill(this, async () => {
      const searched = typed.plain(this.data.typed);
      const [departments, doctors] = await Promise.all([api.departments(searched), api.doctors(searched)]);
      return {
        searched,
        departments: departments.items.map(registering.department),
        doctors: doctors.items.map(registering.doctorLine),
      };
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

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { no: string, department: string }>} event */
  openDoctor(event) {
    const { no, department } = event.currentTarget.dataset;
    wx.navigateTo({ url: `/pages/doctor/doctor?department=${encodeURIComponent(department)}&no=${encodeURIComponent(no)}` });
  },

  appointments() {
    wx.navigateTo({ url: '/pages/appointments/appointments' });
  },
});
