const help = require('../../lib/help');
const typeSize = require('../../lib/type-size');

/** The frame of every page: size of type, skeleton while loading, what to do when nothing could be loaded, and whom to call. */
Component({
  properties: {
    /** loading | ready | failed | offline */
    state: { type: String, value: 'loading' },
    problem: { type: String, value: '' },
  },
  data: { scale: 1, helpPhone: '' },
  observers: {
    /** What was loaded may have told the number. */
    state() {
      this.setData({ helpPhone: help.known() });
    },
  },
  lifetimes: {
    attached() {
      this.setData({ scale: typeSize.scale(), helpPhone: help.known() });
    },
  },
  pageLifetimes: {
    show() {
      this.setData({ scale: typeSize.scale() });
    },
  },
  methods: {
    call() {
      help.call();
    },
    retry() {
      this.triggerEvent('retry');
    },
    /** The settings page changes the size while it is looked at. */
    resize() {
      this.setData({ scale: typeSize.scale() });
    },
  },
});
