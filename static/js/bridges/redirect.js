// A cashier that is a page of the platform's own: the browser goes there, and the platform sends it back to the payment's page.

/** Never answers: this page is left. */
export async function open(params) {
  location.assign(params.url);
  return new Promise(() => {});
}
