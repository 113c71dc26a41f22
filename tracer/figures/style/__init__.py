"""Style: colours and hatches, fonts, and texts as figures show them."""
