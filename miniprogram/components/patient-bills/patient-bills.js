/** The unpaid bills of one patient; says which bills were tapped. */
Component({
  properties: {
    /** one entry of `showing.patients` */
    patient: { type: Object, value: {} },
  },
  methods: {
    /** @param {WechatMiniprogram.TouchEvent<{}, {}, { bills: string }>} event */
    open(event) {
      wx.navigateTo({ url: `/pages/bill/bill?bill_nos=${encodeURIComponent(event.currentTarget.dataset.bills)}` });
    },
    bind() {
      const { key } = /** @type {{ key: string }} */ (this.data.patient);
      wx.navigateTo({ url: `/pages/bind/bind?card=${encodeURIComponent(key)}` });
    },
  },
});
