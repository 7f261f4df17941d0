//! Oblivious transfer and its relatives, secure against malicious parties.
