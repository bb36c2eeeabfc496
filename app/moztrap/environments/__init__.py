"""Where tests are run: categories, their elements, and environments made of them."""
