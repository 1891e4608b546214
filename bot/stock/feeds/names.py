"""Tag names of auto.ru, MaxPoster, CarCopy and 1C catalogues: `RawCar` field → tags, the best first.

Dealers' exports borrow names from each other, so these shapes share one table.
Lower case, a dash is an underscore.
Phones and service documents (`sts`) have no entry: what is not read cannot be stored.
"""

Names = dict[str, tuple[str, ...]]

GENERIC: Names = {
    "vin": ("vin",),
    "body_number": ("bodynumber", "body_number", "frame_number"),
    "make": ("mark_id", "mark", "make", "brand", "mark_name"),
    "model": ("folder_id", "model", "folder", "model_name"),
    "generation": ("generation", "generation_name"),
    "trim": ("complectation_name", "complectation", "equipment_name", "trim"),
    "modification": ("modification_id", "modification", "modification_name"),
    "year": ("year", "year_of_made", "manufacture_year"),
    "body": ("body_type", "bodytype", "body"),
    "doors": ("doors_count", "bodydoorcount", "doors", "doors_number"),
    "seats": ("seatcount", "seats", "seats_number"),
    "colour": ("color", "bodycolor", "body_color", "color_name"),
    "metallic": ("metallic", "bodycolormetallic"),
    "engine": ("engine_volume", "enginevolume", "volume"),
    "power": ("engine_power", "enginepower", "power"),
    "fuel": ("engine_type", "enginetype", "fuel_type", "fuel"),
    "gearbox": ("gearbox", "gearboxtype", "gearbox_type", "transmission"),
    "drive": ("drive", "drivetype", "drive_type"),
    "wheel": ("wheel", "steeringwheel", "steering_wheel"),
    "clearance": ("clearance",),
    "mileage": ("run", "mileage"),
    "mileage_unit": ("mileageunit", "mileage_unit", "run_metric"),
    "owners": ("owners_number", "ownerscount", "owners_count", "owners"),
    "title": ("pts", "ptstype", "pts_type"),
    "customs": ("custom", "customs"),
    "warranty_until": ("warranty_expire",),
    "warranty_note": ("warranty_type", "warranty"),
    "accidents": ("accident", "accidents"),
    "paint": ("paint",),
    "defects": ("defects",),
    "service_history": ("service_history",),
    "tyres": ("tyres",),
    "taxi": ("taxi",),
    "pledged": ("pledge",),
    "state": ("state", "vehiclecondition", "condition"),
    "price": ("price",),
    "currency": ("currency", "pricecurrency"),
    "credit_discount": ("credit_discount", "creditdiscount"),
    "insurance_discount": ("insurance_discount", "insurancediscount"),
    "tradein_discount": ("tradein_discount", "tradeindiscount", "trade_in_discount"),
    "max_discount": ("max_discount", "maxdiscount"),
    "with_vat": ("with_nds",),
    "availability": ("availability",),
    "place": ("poi_id",),
    "video_url": ("video", "video_url", "videourl"),
}
PICTURES = ("images", "photos", "image", "photo", "picture")
