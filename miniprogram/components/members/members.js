/** The row of people from whom one is chosen; says whose key was tapped, empty for all. */
Component({
  properties: {
    /** from `lib/members`; empty where there is nobody to choose from */
    members: { type: Array, value: [] },
  },
  methods: {
    /** @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
    choose(event) {
      this.triggerEvent('chosen', { key: event.currentTarget.dataset.key });
    },
  },
});
