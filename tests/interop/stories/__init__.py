"""One module per peer or promise; each test method is one ctest test."""
