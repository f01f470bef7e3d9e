/** Clocks of processes that are off. */

/** Variables of a process of Node.js whose machine's clock is so many seconds ahead, or behind if negative. */
export const ahead = (seconds: number): Readonly<Record<string, string>> =>
  seconds === 0
    ? {}
    : {
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
          `const D = Date, s = ${seconds * 1000}
          globalThis.Date = class extends D {
            constructor(...a) { if (a.length === 0) super(D.now() + s); else super(...a) }
            static now() { return D.now() + s }
          }`
        )}`
      }
