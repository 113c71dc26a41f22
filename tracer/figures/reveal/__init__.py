"""What of a figure's marks is drawn, and how: all of it, a part of it, a part in full and the rest pale."""
