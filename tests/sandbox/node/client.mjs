// Alipay's own Node SDK behind a line protocol: one JSON array [function, ...arguments] in, one JSON object {answer} or {error} out.
import { createInterface } from "node:readline";
import { AlipaySdk } from "alipay-sdk";

const lines = createInterface({ input: process.stdin });
let sdk = null;
const FUNCTIONS = {
  config: (config) => { sdk = new AlipaySdk(config); return true; },
  exec: (method, params, options) => sdk.exec(method, params, { validateSign: true, ...options }),
  sdkExecute: (method, params) => sdk.sdkExecute(method, params),
  pageExecute: (method, verb, params) => sdk.pageExecute(method, verb, params),
  checkNotifySign: (posted) => sdk.checkNotifySign(posted),
  checkNotifySignV2: (posted) => sdk.checkNotifySignV2(posted),
};

for await (const line of lines) {
  let told;
  try {
    const [name, ...given] = JSON.parse(line);
    told = { answer: await FUNCTIONS[name](...given) };
  } catch (error) {
    told = { error: `${error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
