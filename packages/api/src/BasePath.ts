/** Where every resource of the API is found. */
export const basePath = "/functions/v1/payments"
