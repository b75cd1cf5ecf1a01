"""Pictures that merchants upload: checked, kept, served."""
