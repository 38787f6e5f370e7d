const typeSize = require('../../lib/type-size');

/** The frame of every page: size of type, skeleton while loading, what to do when nothing could be loaded. */
Component({
  properties: {
    /** loading | ready | failed | offline */
    state: { type: String, value: 'loading' },
    problem: { type: String, value: '' },
  },
  data: { large: false },
  lifetimes: {
    attached() {
      this.setData({ large: typeSize.isLarge() });
    },
  },
  pageLifetimes: {
    show() {
      this.setData({ large: typeSize.isLarge() });
    },
  },
  methods: {
    retry() {
      this.triggerEvent('retry');
    },
    /** The settings page changes the size while it is looked at. */
    resize() {
      this.setData({ large: typeSize.isLarge() });
    },
  },
});
