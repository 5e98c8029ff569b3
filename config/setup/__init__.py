"""Setting up a real institution: `integrity setup`, and the list of what is open before the portal is announced."""
