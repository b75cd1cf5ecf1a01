"""What is left to sell: held, sold, freed, and watched for running low."""
