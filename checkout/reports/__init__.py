"""What the shop did: counted by the day from runs, payments and refunds, and asked for by the reports."""
