// A test that fails once has failed: no second tries, and a run without tests is an error.
export default {
  test: {
    include: ["*.test.mjs"],
    retry: 0,
    passWithNoTests: false,
    fileParallelism: false,
  },
};
