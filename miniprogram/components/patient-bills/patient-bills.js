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
    /** @param {WechatMiniprogram.TouchEvent<{}, {}, { bills: string, payment: string }>} event */
    openSettled(event) {
      const { bills, payment } = event.currentTarget.dataset;
      const url = payment ? `/pages/payment/payment?id=${encodeURIComponent(payment)}` : `/pages/bill/bill?bill_nos=${encodeURIComponent(bills)}`;
      wx.navigateTo({ url });
    },
    bind() {
      const { key } = /** @type {{ key: string }} */ (this.data.patient);
      wx.navigateTo({ url: `/pages/bind/bind?card=${encodeURIComponent(key)}` });
    },
  },
});
