"""Steps as shoppers would see them, with nothing stored or charged."""
