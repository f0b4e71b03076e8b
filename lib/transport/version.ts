/** The version of this package, which receivers read in `User-Agent`. A test compares it with package.json. */
export const version = '0.1.0'
