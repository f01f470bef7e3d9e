/** Placeholder until the driver is there. */
export {}
