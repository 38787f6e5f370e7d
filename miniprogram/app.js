const privacy = require('./lib/privacy');

App({
  onLaunch() {
    privacy.listen();
  },

  /** What went wrong is for whoever maintains this: its kind only, for a message could carry what a patient typed. */
  onUnhandledRejection(event) {
    const reason = /** @type {{ name?: string } | undefined} */ (/** @type {unknown} */ (event.reason));
    console.warn('unhandled:', (reason && reason.name) || 'unknown');
  },
});
