"""Who may work for a merchant: invitations, roles, the second factor."""
