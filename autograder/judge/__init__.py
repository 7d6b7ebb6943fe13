"""The judge: examines texts in processes of their own and keeps the verdict outside them."""
