"""One suite for every store: the in-memory twin, MongoDB's protocol on the embedded server, and any server that ZHENFU_TEST_DATABASE_URI names."""
