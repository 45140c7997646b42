//! The rules at work among several nodes, in virtual time.
