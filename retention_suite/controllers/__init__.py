from . import portal
from . import refer
