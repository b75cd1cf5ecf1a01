"""Mail to shoppers, through the account that each merchant brings: Resend, SendGrid or any SMTP server."""
