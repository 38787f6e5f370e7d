const api = require('../../api/index');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const notice = require('../../lib/notice');
const registering = require('../../lib/registering');

/** The doctors of one department: first the day, then who is there. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    notice: '',
    department: /** @type {ReturnType<typeof registering.department> | null} */ (null),
    days: /** @type {ReturnType<typeof registering.days>} */ ([]),
    doctors: /** @type {ReturnType<typeof registering.doctors>} */ ([]),
  },
  no: '',
  chosen: /** @type {string | null} */ (null),
  told: /** @type {import('../../api/model').DepartmentShifts | null} */ (null),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.no = decodeURIComponent(query.no || '');
    this.setData({ notice: notice.take() });
  },

  load() {
    return fill(this, async () => {
      const told = await api.department(this.no);
      this.told = told;
      if (!told.days.some((day) => day.date === this.chosen)) this.chosen = told.shown;
      return { department: registering.department(told.department), ...this.ofDay(told) };
    });
  },

  /** @param {import('../../api/model').DepartmentShifts} told */
  ofDay(told) {
    return { days: registering.days(told, this.chosen), doctors: registering.doctors(told, this.chosen) };
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { date: string }>} event */
  choose(event) {
    this.chosen = event.currentTarget.dataset.date;
    if (this.told) this.setData(this.ofDay(this.told));
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { no: string, open: boolean }>} event */
  open(event) {
    const { no, open } = event.currentTarget.dataset;
    if (open) wx.navigateTo({ url: `/pages/shift/shift?no=${encodeURIComponent(no)}` });
  },
});
