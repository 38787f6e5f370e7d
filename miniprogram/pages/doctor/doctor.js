const api = require('../../api/index');
const { IDLE, busily } = require('../../lib/busy');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const registering = require('../../lib/registering');

/** One doctor: every shift of the coming days, and the button that marks or unmarks them. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    name: '',
    about: '',
    note: '',
    department: '',
    isFavourite: false,
    days: /** @type {ReturnType<typeof registering.doctorDays>} */ ([]),
    ...IDLE,
  },
  no: '',
  departmentNo: '',

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.no = decodeURIComponent(query.no || '');
    this.departmentNo = decodeURIComponent(query.department || '');
  },

  load() {
    return fill(this, async () => {
      const told = await api.doctor(this.departmentNo, this.no);
      const { name, about } = registering.doctorLine(told.doctor);
      const { note, department } = told.doctor;
      return { name, about, note, department, isFavourite: told.is_favourite, days: registering.doctorDays(told) };
    });
  },

  mark() {
    const isFavourite = !this.data.isFavourite;
    return busily(this, async () => {
      await api.markDoctor(this.departmentNo, this.no, isFavourite);
      this.setData({ isFavourite });
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { no: string, open: boolean }>} event */
  open(event) {
    const { no, open } = event.currentTarget.dataset;
    if (open) wx.navigateTo({ url: `/pages/shift/shift?no=${encodeURIComponent(no)}` });
  },

  others() {
    wx.navigateTo({ url: `/pages/department/department?no=${encodeURIComponent(this.departmentNo)}` });
  },
});
