"""What runs beside a submission's code: nothing here knows an expected value.

Only ``minitransformer``, torch, NumPy and safetensors are imported; no specification, no oracle,
no solution.
"""
