CREATE TABLE audit_entry (
    id BIGSERIAL NOT NULL,
    center_id INTEGER,
    chain INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id INTEGER,
    actor_name VARCHAR(310) NOT NULL,
    actor_role VARCHAR(32) NOT NULL,
    kind VARCHAR(64) NOT NULL,
    row_id INTEGER NOT NULL,
    row_name TEXT NOT NULL,
    action VARCHAR(32) NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    names TEXT NOT NULL,
    digest VARCHAR(64) NOT NULL,
    CONSTRAINT pk_audit_entry PRIMARY KEY (id),
    CONSTRAINT uq_audit_entry_chain_number UNIQUE (chain, number),
    CONSTRAINT ck_audit_entry_action CHECK (action IN ('created', 'changed', 'removed'))
);

CREATE INDEX ix_audit_entry_center_id_id ON audit_entry (center_id, id);

CREATE INDEX ix_audit_entry_kind_row_id ON audit_entry (kind, row_id);

CREATE TABLE audit_head (
    id BIGSERIAL NOT NULL,
    chain INTEGER NOT NULL,
    number INTEGER NOT NULL,
    digest VARCHAR(64) NOT NULL,
    seal VARCHAR(64) NOT NULL,
    CONSTRAINT pk_audit_head PRIMARY KEY (id),
    CONSTRAINT uq_audit_head_chain UNIQUE (chain)
);

CREATE TABLE center (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind VARCHAR(32) NOT NULL,
    handle VARCHAR(150),
    name VARCHAR(200) NOT NULL,
    name_ar VARCHAR(200),
    name_fr VARCHAR(200),
    address VARCHAR(500) NOT NULL,
    country VARCHAR(2) NOT NULL,
    time_zone VARCHAR(64) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    phone VARCHAR(32),
    email VARCHAR(254),
    logo VARCHAR(255),
    description VARCHAR(5000) NOT NULL,
    license_number VARCHAR(100),
    opened_at DATE,
    status VARCHAR(32) NOT NULL,
    website VARCHAR(500),
    director_id BIGINT,
    city VARCHAR(100) NOT NULL,
    region VARCHAR(100) NOT NULL,
    postal_code VARCHAR(20) NOT NULL,
    student_capacity INTEGER,
    late_is_present BOOLEAN,
    excused_leaves_sum BOOLEAN,
    languages TEXT NOT NULL,
    CONSTRAINT pk_center PRIMARY KEY (id),
    CONSTRAINT uq_center_license_number UNIQUE (license_number),
    CONSTRAINT uq_center_handle UNIQUE (handle),
    CONSTRAINT ck_center_kind CHECK (kind IN ('center', 'school', 'teacher')),
    CONSTRAINT ck_center_status CHECK (status IN ('active', 'inactive'))
);

CREATE INDEX ix_center_director_id ON center (director_id);

CREATE TABLE password_attempts (
    id BIGSERIAL NOT NULL,
    person VARCHAR(64) NOT NULL,
    host VARCHAR(64) NOT NULL,
    failures INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_password_attempts PRIMARY KEY (id),
    CONSTRAINT uq_password_attempts_person_host UNIQUE (person, host)
);

CREATE INDEX ix_password_attempts_host ON password_attempts (host, started_at);

CREATE INDEX ix_password_attempts_started_at ON password_attempts (started_at);

CREATE TABLE request_count (
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    caller VARCHAR(64) NOT NULL,
    requests INTEGER NOT NULL,
    CONSTRAINT pk_request_count PRIMARY KEY (ends_at, caller)
);

CREATE TABLE academic_year (
    id BIGSERIAL NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    year VARCHAR(9) NOT NULL,
    start_date DATE NOT NULL,
    end_date DATE NOT NULL,
    registration_start DATE,
    registration_end DATE,
    is_current BOOLEAN NOT NULL,
    is_active BOOLEAN NOT NULL,
    description VARCHAR(5000) NOT NULL,
    CONSTRAINT pk_academic_year PRIMARY KEY (id),
    CONSTRAINT fk_academic_year_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT
);

CREATE INDEX ix_academic_year_center_id_id ON academic_year (center_id, id);

CREATE UNIQUE INDEX uq_academic_year_center_id ON academic_year (center_id) WHERE is_current IS true;

CREATE UNIQUE INDEX uq_academic_year_center_id_year ON academic_year (center_id, year) WHERE archived_at IS NULL;

CREATE TABLE badge (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    name VARCHAR(200) NOT NULL,
    name_ar VARCHAR(200),
    name_fr VARCHAR(200),
    description VARCHAR(5000) NOT NULL,
    icon VARCHAR(100) NOT NULL,
    color VARCHAR(7),
    rarity VARCHAR(32) NOT NULL,
    points_reward INTEGER NOT NULL,
    requirements TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    CONSTRAINT pk_badge PRIMARY KEY (id),
    CONSTRAINT uq_badge_center_id_name UNIQUE (center_id, name),
    CONSTRAINT fk_badge_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT ck_badge_rarity CHECK (rarity IN ('common', 'rare', 'epic', 'legendary'))
);

CREATE INDEX ix_badge_center_id_id ON badge (center_id, id);

CREATE TABLE course (
    id BIGSERIAL NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    name VARCHAR(200) NOT NULL,
    name_ar VARCHAR(200),
    name_fr VARCHAR(200),
    code VARCHAR(20),
    color VARCHAR(7),
    icon VARCHAR(50) NOT NULL,
    description VARCHAR(5000) NOT NULL,
    price NUMERIC(14, 2) NOT NULL,
    duration_months INTEGER,
    is_active BOOLEAN NOT NULL,
    CONSTRAINT pk_course PRIMARY KEY (id),
    CONSTRAINT fk_course_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT
);

CREATE INDEX ix_course_center_id_id ON course (center_id, id);

CREATE UNIQUE INDEX uq_course_center_id_code ON course (center_id, code) WHERE archived_at IS NULL;

CREATE UNIQUE INDEX uq_course_center_id_name ON course (center_id, name) WHERE archived_at IS NULL;

CREATE TABLE education_stage (
    id BIGSERIAL NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    name VARCHAR(200) NOT NULL,
    name_ar VARCHAR(200),
    name_fr VARCHAR(200),
    stage VARCHAR(32) NOT NULL,
    position INTEGER NOT NULL,
    description VARCHAR(5000) NOT NULL,
    min_age INTEGER,
    max_age INTEGER,
    is_active BOOLEAN NOT NULL,
    CONSTRAINT pk_education_stage PRIMARY KEY (id),
    CONSTRAINT fk_education_stage_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT ck_education_stage_stage CHECK (stage IN ('primary', 'middle', 'high'))
);

CREATE INDEX ix_education_stage_center_id_id ON education_stage (center_id, id);

CREATE UNIQUE INDEX uq_education_stage_center_id_name ON education_stage (center_id, name) WHERE archived_at IS NULL;

CREATE TABLE job (
    id BIGSERIAL NOT NULL,
    center_id BIGINT,
    name VARCHAR(64) NOT NULL,
    payload TEXT NOT NULL,
    key VARCHAR(120),
    status VARCHAR(32) NOT NULL,
    attempts INTEGER NOT NULL,
    error VARCHAR(500) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    next_try_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_job PRIMARY KEY (id),
    CONSTRAINT uq_job_key UNIQUE (key),
    CONSTRAINT fk_job_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE CASCADE,
    CONSTRAINT ck_job_status CHECK (status IN ('waiting', 'done', 'failed'))
);

CREATE INDEX ix_job_center_id ON job (center_id);

CREATE INDEX ix_job_waiting ON job (next_try_at) WHERE status = 'waiting';

CREATE TABLE number_series (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    purpose VARCHAR(32) NOT NULL,
    last INTEGER NOT NULL,
    CONSTRAINT pk_number_series PRIMARY KEY (id),
    CONSTRAINT uq_number_series_center_id_purpose UNIQUE (center_id, purpose),
    CONSTRAINT fk_number_series_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT
);

CREATE TABLE sms_template (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    name VARCHAR(200) NOT NULL,
    text VARCHAR(1000) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sms_template PRIMARY KEY (id),
    CONSTRAINT uq_sms_template_center_id_name UNIQUE (center_id, name),
    CONSTRAINT fk_sms_template_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT
);

CREATE INDEX ix_sms_template_center_id_id ON sms_template (center_id, id);

CREATE TABLE tag (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    name VARCHAR(50) NOT NULL,
    folded VARCHAR(200) NOT NULL,
    name_ar VARCHAR(50),
    name_fr VARCHAR(50),
    color VARCHAR(7),
    CONSTRAINT pk_tag PRIMARY KEY (id),
    CONSTRAINT uq_tag_center_id_folded UNIQUE (center_id, folded),
    CONSTRAINT fk_tag_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT
);

CREATE INDEX ix_tag_center_id_id ON tag (center_id, id);

CREATE TABLE user_ (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT,
    username VARCHAR(150) NOT NULL,
    password_hash VARCHAR(255),
    password_is_initial BOOLEAN NOT NULL,
    email VARCHAR(254),
    phone VARCHAR(32),
    first_name VARCHAR(150) NOT NULL,
    last_name VARCHAR(150) NOT NULL,
    passport_number VARCHAR(20),
    birthday DATE,
    image VARCHAR(255),
    bio VARCHAR(5000),
    address VARCHAR(500),
    emergency_contact_name VARCHAR(100),
    emergency_contact_phone VARCHAR(32),
    language VARCHAR(32),
    calendar VARCHAR(32),
    wants_mail BOOLEAN NOT NULL,
    email_verified_at TIMESTAMP WITH TIME ZONE,
    last_signed_in_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_user_ PRIMARY KEY (id),
    CONSTRAINT uq_user__username UNIQUE (username),
    CONSTRAINT fk_user__center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT ck_user__language CHECK (language IN ('en', 'fr', 'ar', 'uz', 'ru')),
    CONSTRAINT ck_user__calendar CHECK (calendar IN ('gregorian', 'islamic'))
);

CREATE INDEX ix_user__center_id ON user_ (center_id);

CREATE INDEX ix_user__email ON user_ (email);

CREATE INDEX ix_user__phone ON user_ (phone);

CREATE TABLE answered_request (
    id BIGSERIAL NOT NULL,
    center_id BIGINT,
    user_id BIGINT NOT NULL,
    key VARCHAR(255) NOT NULL,
    fingerprint VARCHAR(64) NOT NULL,
    answer TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_answered_request PRIMARY KEY (id),
    CONSTRAINT uq_answered_request_user_id_key UNIQUE (user_id, key),
    CONSTRAINT fk_answered_request_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE CASCADE,
    CONSTRAINT fk_answered_request_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE CASCADE
);

CREATE INDEX ix_answered_request_center_id ON answered_request (center_id);

CREATE TABLE attendance_report (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    type VARCHAR(32) NOT NULL,
    parameters TEXT NOT NULL,
    data TEXT NOT NULL,
    created_by_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_attendance_report PRIMARY KEY (id),
    CONSTRAINT fk_attendance_report_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT ck_attendance_report_type CHECK (type IN ('class_statistics', 'student_history', 'daily', 'weekly', 'monthly', 'flags')),
    CONSTRAINT fk_attendance_report_created_by_id FOREIGN KEY(created_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_attendance_report_center_id_id ON attendance_report (center_id, id);

CREATE INDEX ix_attendance_report_created_by_id ON attendance_report (created_by_id);

CREATE TABLE branch (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    name VARCHAR(200) NOT NULL,
    address VARCHAR(500) NOT NULL,
    phone VARCHAR(32),
    manager_id BIGINT,
    status VARCHAR(32) NOT NULL,
    CONSTRAINT pk_branch PRIMARY KEY (id),
    CONSTRAINT fk_branch_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_branch_manager_id FOREIGN KEY(manager_id) REFERENCES user_ (id) ON DELETE SET NULL,
    CONSTRAINT ck_branch_status CHECK (status IN ('open', 'closed'))
);

CREATE INDEX ix_branch_center_id_id ON branch (center_id, id);

CREATE INDEX ix_branch_manager_id ON branch (manager_id);

CREATE TABLE charge_run (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    month VARCHAR(7) NOT NULL,
    due_date DATE NOT NULL,
    made_by_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reverted_at TIMESTAMP WITH TIME ZONE,
    reverted_by_id BIGINT,
    CONSTRAINT pk_charge_run PRIMARY KEY (id),
    CONSTRAINT fk_charge_run_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_charge_run_made_by_id FOREIGN KEY(made_by_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_charge_run_reverted_by_id FOREIGN KEY(reverted_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_charge_run_center_id_id ON charge_run (center_id, id);

CREATE INDEX ix_charge_run_made_by_id ON charge_run (made_by_id);

CREATE INDEX ix_charge_run_reverted_by_id ON charge_run (reverted_by_id);

CREATE TABLE grade_level (
    id BIGSERIAL NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    stage_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    name VARCHAR(200) NOT NULL,
    name_ar VARCHAR(200),
    name_fr VARCHAR(200),
    description VARCHAR(5000) NOT NULL,
    is_active BOOLEAN NOT NULL,
    CONSTRAINT pk_grade_level PRIMARY KEY (id),
    CONSTRAINT fk_grade_level_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_grade_level_stage_id FOREIGN KEY(stage_id) REFERENCES education_stage (id) ON DELETE RESTRICT
);

CREATE INDEX ix_grade_level_center_id_id ON grade_level (center_id, id);

CREATE INDEX ix_grade_level_stage_id ON grade_level (stage_id);

CREATE UNIQUE INDEX uq_grade_level_stage_id_number ON grade_level (stage_id, number) WHERE archived_at IS NULL;

CREATE TABLE import (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    kind VARCHAR(32) NOT NULL,
    file_name VARCHAR(500) NOT NULL,
    rows INTEGER NOT NULL,
    made_by_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(32) NOT NULL,
    rows_done INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    reverted_at TIMESTAMP WITH TIME ZONE,
    reverted_by_id BIGINT,
    CONSTRAINT pk_import PRIMARY KEY (id),
    CONSTRAINT fk_import_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT ck_import_kind CHECK (kind IN ('students', 'payments', 'attendance')),
    CONSTRAINT fk_import_made_by_id FOREIGN KEY(made_by_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT ck_import_state CHECK (state IN ('running', 'done', 'reverting', 'reverted', 'failed')),
    CONSTRAINT fk_import_reverted_by_id FOREIGN KEY(reverted_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_import_center_id_id ON import (center_id, id);

CREATE INDEX ix_import_made_by_id ON import (made_by_id);

CREATE INDEX ix_import_reverted_by_id ON import (reverted_by_id);

CREATE TABLE membership (
    id BIGSERIAL NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT,
    user_id BIGINT NOT NULL,
    role VARCHAR(32) NOT NULL,
    is_blocked BOOLEAN NOT NULL,
    CONSTRAINT pk_membership PRIMARY KEY (id),
    CONSTRAINT uq_membership_center_id_user_id_role UNIQUE (center_id, user_id, role),
    CONSTRAINT fk_membership_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_membership_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT ck_membership_role CHECK (role IN ('superadmin', 'director', 'manager', 'admin', 'staff', 'teacher', 'student', 'parent', 'driver', 'anonymous'))
);

CREATE INDEX ix_membership_center_id_id ON membership (center_id, id);

CREATE INDEX ix_membership_user_id ON membership (user_id);

CREATE TABLE one_time_code (
    id BIGSERIAL NOT NULL,
    user_id BIGINT NOT NULL,
    purpose VARCHAR(32) NOT NULL,
    form VARCHAR(32) NOT NULL,
    digest VARCHAR(128) NOT NULL,
    host VARCHAR(64) NOT NULL,
    tries_left INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_one_time_code PRIMARY KEY (id),
    CONSTRAINT uq_one_time_code_digest UNIQUE (digest),
    CONSTRAINT fk_one_time_code_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE CASCADE,
    CONSTRAINT ck_one_time_code_purpose CHECK (purpose IN ('verify_email', 'reset_password')),
    CONSTRAINT ck_one_time_code_form CHECK (form IN ('digits', 'link'))
);

CREATE INDEX ix_one_time_code_expires_at ON one_time_code (expires_at);

CREATE INDEX ix_one_time_code_user_id ON one_time_code (user_id);

CREATE TABLE curriculum_entry (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    grade_level_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    CONSTRAINT pk_curriculum_entry PRIMARY KEY (id),
    CONSTRAINT uq_curriculum_entry_grade_level_id_course_id UNIQUE (grade_level_id, course_id),
    CONSTRAINT fk_curriculum_entry_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_curriculum_entry_grade_level_id FOREIGN KEY(grade_level_id) REFERENCES grade_level (id) ON DELETE CASCADE,
    CONSTRAINT fk_curriculum_entry_course_id FOREIGN KEY(course_id) REFERENCES course (id) ON DELETE CASCADE
);

CREATE INDEX ix_curriculum_entry_center_id ON curriculum_entry (center_id);

CREATE INDEX ix_curriculum_entry_course_id ON curriculum_entry (course_id);

CREATE TABLE imported_row (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    row_id INTEGER NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    CONSTRAINT pk_imported_row PRIMARY KEY (id),
    CONSTRAINT fk_imported_row_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_imported_row_import_id FOREIGN KEY(import_id) REFERENCES import (id) ON DELETE CASCADE
);

CREATE INDEX ix_imported_row_center_id_id ON imported_row (center_id, id);

CREATE INDEX ix_imported_row_import_id ON imported_row (import_id);

CREATE TABLE lesson (
    id BIGSERIAL NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    course_id BIGINT,
    grade_level_id BIGINT,
    created_by_id BIGINT,
    title VARCHAR(200) NOT NULL,
    title_ar VARCHAR(200),
    title_fr VARCHAR(200),
    description VARCHAR(5000) NOT NULL,
    description_ar VARCHAR(5000),
    description_fr VARCHAR(5000),
    content VARCHAR(100000) NOT NULL,
    cycle VARCHAR(32),
    position INTEGER,
    objectives VARCHAR(5000) NOT NULL,
    prerequisites VARCHAR(5000) NOT NULL,
    difficulty VARCHAR(32),
    minutes INTEGER,
    is_active BOOLEAN NOT NULL,
    is_published BOOLEAN NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_lesson PRIMARY KEY (id),
    CONSTRAINT fk_lesson_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_lesson_course_id FOREIGN KEY(course_id) REFERENCES course (id) ON DELETE RESTRICT,
    CONSTRAINT fk_lesson_grade_level_id FOREIGN KEY(grade_level_id) REFERENCES grade_level (id) ON DELETE RESTRICT,
    CONSTRAINT fk_lesson_created_by_id FOREIGN KEY(created_by_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT ck_lesson_cycle CHECK (cycle IN ('first', 'second')),
    CONSTRAINT ck_lesson_difficulty CHECK (difficulty IN ('easy', 'medium', 'hard'))
);

CREATE INDEX ix_lesson_center_id_id ON lesson (center_id, id);

CREATE INDEX ix_lesson_course_id ON lesson (course_id);

CREATE INDEX ix_lesson_created_by_id ON lesson (created_by_id);

CREATE INDEX ix_lesson_grade_level_id ON lesson (grade_level_id);

CREATE TABLE room (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    branch_id BIGINT NOT NULL,
    name VARCHAR(200) NOT NULL,
    number VARCHAR(20),
    building VARCHAR(100) NOT NULL,
    floor INTEGER,
    type VARCHAR(32) NOT NULL,
    capacity INTEGER,
    equipment TEXT NOT NULL,
    notes VARCHAR(5000) NOT NULL,
    is_available BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE,
    updated_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_room PRIMARY KEY (id),
    CONSTRAINT uq_room_branch_id_name UNIQUE (branch_id, name),
    CONSTRAINT fk_room_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_room_branch_id FOREIGN KEY(branch_id) REFERENCES branch (id) ON DELETE RESTRICT,
    CONSTRAINT ck_room_type CHECK (type IN ('classroom', 'lab', 'library', 'gym', 'computer', 'art', 'music', 'other'))
);

CREATE INDEX ix_room_center_id_id ON room (center_id, id);

CREATE TABLE teacher (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    branch_id BIGINT NOT NULL,
    status VARCHAR(32) NOT NULL,
    specialization VARCHAR(500) NOT NULL,
    qualification VARCHAR(500) NOT NULL,
    hire_date DATE,
    hourly_rate NUMERIC(14, 2),
    performance_rating NUMERIC(2, 1) NOT NULL,
    CONSTRAINT pk_teacher PRIMARY KEY (id),
    CONSTRAINT uq_teacher_center_id_user_id UNIQUE (center_id, user_id),
    CONSTRAINT fk_teacher_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_teacher_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_teacher_branch_id FOREIGN KEY(branch_id) REFERENCES branch (id) ON DELETE RESTRICT,
    CONSTRAINT ck_teacher_status CHECK (status IN ('active', 'inactive'))
);

CREATE INDEX ix_teacher_branch_id ON teacher (branch_id);

CREATE INDEX ix_teacher_center_id_id ON teacher (center_id, id);

CREATE INDEX ix_teacher_user_id ON teacher (user_id);

CREATE TABLE assessment (
    id BIGSERIAL NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    kind VARCHAR(32) NOT NULL,
    content VARCHAR(32) NOT NULL,
    teacher_id BIGINT,
    created_by_id BIGINT,
    course_id BIGINT,
    grade_level_id BIGINT,
    title VARCHAR(200) NOT NULL,
    title_ar VARCHAR(200),
    title_fr VARCHAR(200),
    description VARCHAR(5000) NOT NULL,
    description_ar VARCHAR(5000),
    description_fr VARCHAR(5000),
    instructions VARCHAR(5000) NOT NULL,
    opens_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    minutes INTEGER,
    max_attempts INTEGER,
    passing_percent NUMERIC(5, 2),
    total_points NUMERIC(8, 2) NOT NULL,
    is_published BOOLEAN NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    shows_answers VARCHAR(32) NOT NULL,
    shows_score VARCHAR(32) NOT NULL,
    shuffles BOOLEAN NOT NULL,
    takes_late BOOLEAN NOT NULL,
    late_penalty NUMERIC(5, 2) NOT NULL,
    CONSTRAINT pk_assessment PRIMARY KEY (id),
    CONSTRAINT fk_assessment_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT ck_assessment_kind CHECK (kind IN ('quiz', 'exam', 'assignment', 'homework', 'interview')),
    CONSTRAINT ck_assessment_content CHECK (content IN ('choice', 'book', 'open', 'mixed')),
    CONSTRAINT fk_assessment_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE SET NULL,
    CONSTRAINT fk_assessment_created_by_id FOREIGN KEY(created_by_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_assessment_course_id FOREIGN KEY(course_id) REFERENCES course (id) ON DELETE RESTRICT,
    CONSTRAINT fk_assessment_grade_level_id FOREIGN KEY(grade_level_id) REFERENCES grade_level (id) ON DELETE RESTRICT,
    CONSTRAINT ck_assessment_shows_answers CHECK (shows_answers IN ('never', 'after_each', 'after_last', 'after_pass', 'after_due')),
    CONSTRAINT ck_assessment_shows_score CHECK (shows_score IN ('at_once', 'when_due'))
);

CREATE INDEX ix_assessment_center_id_id ON assessment (center_id, id);

CREATE INDEX ix_assessment_course_id ON assessment (course_id);

CREATE INDEX ix_assessment_created_by_id ON assessment (created_by_id);

CREATE INDEX ix_assessment_grade_level_id ON assessment (grade_level_id);

CREATE INDEX ix_assessment_teacher_id ON assessment (teacher_id);

CREATE TABLE group_ (
    id BIGSERIAL NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    branch_id BIGINT NOT NULL,
    grade_level_id BIGINT,
    academic_year_id BIGINT,
    section VARCHAR(20),
    course_id BIGINT,
    room_id BIGINT,
    teacher_id BIGINT,
    name VARCHAR(200) NOT NULL,
    capacity INTEGER,
    status VARCHAR(32) NOT NULL,
    start_date DATE,
    end_date DATE,
    monthly_fee NUMERIC(14, 2),
    CONSTRAINT pk_group_ PRIMARY KEY (id),
    CONSTRAINT fk_group__center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_group__branch_id FOREIGN KEY(branch_id) REFERENCES branch (id) ON DELETE RESTRICT,
    CONSTRAINT fk_group__grade_level_id FOREIGN KEY(grade_level_id) REFERENCES grade_level (id) ON DELETE RESTRICT,
    CONSTRAINT fk_group__academic_year_id FOREIGN KEY(academic_year_id) REFERENCES academic_year (id) ON DELETE RESTRICT,
    CONSTRAINT fk_group__course_id FOREIGN KEY(course_id) REFERENCES course (id) ON DELETE RESTRICT,
    CONSTRAINT fk_group__room_id FOREIGN KEY(room_id) REFERENCES room (id) ON DELETE SET NULL,
    CONSTRAINT fk_group__teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE SET NULL,
    CONSTRAINT ck_group__status CHECK (status IN ('active', 'inactive', 'completed'))
);

CREATE INDEX ix_group__academic_year_id ON group_ (academic_year_id);

CREATE INDEX ix_group__branch_id ON group_ (branch_id);

CREATE INDEX ix_group__center_id_id ON group_ (center_id, id);

CREATE INDEX ix_group__course_id ON group_ (course_id);

CREATE INDEX ix_group__grade_level_id ON group_ (grade_level_id);

CREATE INDEX ix_group__room_id ON group_ (room_id);

CREATE INDEX ix_group__teacher_id ON group_ (teacher_id);

CREATE UNIQUE INDEX uq_group__grade_level_id_academic_year_id_section ON group_ (grade_level_id, academic_year_id, section) WHERE archived_at IS NULL;

CREATE TABLE lesson_resource (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    lesson_id BIGINT NOT NULL,
    kind VARCHAR(32) NOT NULL,
    title VARCHAR(200) NOT NULL,
    description VARCHAR(5000) NOT NULL,
    file VARCHAR(255),
    url VARCHAR(500),
    text VARCHAR(100000),
    position INTEGER NOT NULL,
    is_downloadable BOOLEAN NOT NULL,
    size INTEGER,
    media_type VARCHAR(100) NOT NULL,
    CONSTRAINT pk_lesson_resource PRIMARY KEY (id),
    CONSTRAINT fk_lesson_resource_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_lesson_resource_lesson_id FOREIGN KEY(lesson_id) REFERENCES lesson (id) ON DELETE CASCADE,
    CONSTRAINT ck_lesson_resource_kind CHECK (kind IN ('pdf', 'image', 'video', 'audio', 'document', 'presentation', 'link', 'text'))
);

CREATE INDEX ix_lesson_resource_center_id ON lesson_resource (center_id);

CREATE INDEX ix_lesson_resource_lesson_id ON lesson_resource (lesson_id);

CREATE TABLE lesson_tag (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    lesson_id BIGINT NOT NULL,
    tag_id BIGINT NOT NULL,
    CONSTRAINT pk_lesson_tag PRIMARY KEY (id),
    CONSTRAINT uq_lesson_tag_lesson_id_tag_id UNIQUE (lesson_id, tag_id),
    CONSTRAINT fk_lesson_tag_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_lesson_tag_lesson_id FOREIGN KEY(lesson_id) REFERENCES lesson (id) ON DELETE CASCADE,
    CONSTRAINT fk_lesson_tag_tag_id FOREIGN KEY(tag_id) REFERENCES tag (id) ON DELETE CASCADE
);

CREATE INDEX ix_lesson_tag_center_id ON lesson_tag (center_id);

CREATE INDEX ix_lesson_tag_tag_id ON lesson_tag (tag_id);

CREATE TABLE payroll (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    teacher_id BIGINT NOT NULL,
    month VARCHAR(7) NOT NULL,
    base_salary NUMERIC(14, 2) NOT NULL,
    bonus NUMERIC(14, 2) NOT NULL,
    penalty NUMERIC(14, 2) NOT NULL,
    total NUMERIC(16, 2) NOT NULL,
    is_paid BOOLEAN NOT NULL,
    paid_on DATE,
    CONSTRAINT pk_payroll PRIMARY KEY (id),
    CONSTRAINT uq_payroll_teacher_id_month UNIQUE (teacher_id, month),
    CONSTRAINT fk_payroll_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_payroll_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE RESTRICT
);

CREATE INDEX ix_payroll_center_id_id ON payroll (center_id, id);

CREATE TABLE teacher_rating (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    teacher_id BIGINT NOT NULL,
    rated_by_id BIGINT,
    rated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    rating NUMERIC(2, 1) NOT NULL,
    previous_rating NUMERIC(2, 1) NOT NULL,
    CONSTRAINT pk_teacher_rating PRIMARY KEY (id),
    CONSTRAINT fk_teacher_rating_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_teacher_rating_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE CASCADE,
    CONSTRAINT fk_teacher_rating_rated_by_id FOREIGN KEY(rated_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_teacher_rating_center_id ON teacher_rating (center_id);

CREATE INDEX ix_teacher_rating_rated_by_id ON teacher_rating (rated_by_id);

CREATE INDEX ix_teacher_rating_teacher_id ON teacher_rating (teacher_id);

CREATE TABLE assignment (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    teacher_id BIGINT,
    title VARCHAR(200) NOT NULL,
    description VARCHAR(5000) NOT NULL,
    file VARCHAR(255),
    due_date DATE NOT NULL,
    status VARCHAR(32) NOT NULL,
    CONSTRAINT pk_assignment PRIMARY KEY (id),
    CONSTRAINT fk_assignment_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_assignment_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_assignment_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE RESTRICT,
    CONSTRAINT ck_assignment_status CHECK (status IN ('assigned', 'closed'))
);

CREATE INDEX ix_assignment_center_id_id ON assignment (center_id, id);

CREATE INDEX ix_assignment_group_id ON assignment (group_id);

CREATE INDEX ix_assignment_teacher_id ON assignment (teacher_id);

CREATE TABLE audience (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    assessment_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    CONSTRAINT pk_audience PRIMARY KEY (id),
    CONSTRAINT uq_audience_assessment_id_group_id UNIQUE (assessment_id, group_id),
    CONSTRAINT fk_audience_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_audience_assessment_id FOREIGN KEY(assessment_id) REFERENCES assessment (id) ON DELETE CASCADE,
    CONSTRAINT fk_audience_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_audience_center_id ON audience (center_id);

CREATE INDEX ix_audience_group_id ON audience (group_id);

CREATE TABLE exam (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    teacher_id BIGINT,
    title VARCHAR(200) NOT NULL,
    description VARCHAR(5000) NOT NULL,
    exam_date DATE NOT NULL,
    start_time TIME WITHOUT TIME ZONE NOT NULL,
    end_time TIME WITHOUT TIME ZONE NOT NULL,
    total_points INTEGER NOT NULL,
    passing_score INTEGER NOT NULL,
    CONSTRAINT pk_exam PRIMARY KEY (id),
    CONSTRAINT fk_exam_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_exam_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_exam_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE RESTRICT
);

CREATE INDEX ix_exam_center_id_id ON exam (center_id, id);

CREATE INDEX ix_exam_group_id ON exam (group_id);

CREATE INDEX ix_exam_teacher_id ON exam (teacher_id);

CREATE TABLE leaderboard (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    type VARCHAR(32) NOT NULL,
    period_start DATE NOT NULL,
    period_end DATE NOT NULL,
    group_id BIGINT,
    grade_level_id BIGINT,
    course_id BIGINT,
    scope VARCHAR(80) NOT NULL,
    refreshed_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_leaderboard PRIMARY KEY (id),
    CONSTRAINT uq_leaderboard_center_id_type_period_start_scope UNIQUE (center_id, type, period_start, scope),
    CONSTRAINT fk_leaderboard_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT ck_leaderboard_type CHECK (type IN ('weekly', 'monthly', 'semester', 'class', 'grade', 'subject')),
    CONSTRAINT fk_leaderboard_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE CASCADE,
    CONSTRAINT fk_leaderboard_grade_level_id FOREIGN KEY(grade_level_id) REFERENCES grade_level (id) ON DELETE CASCADE,
    CONSTRAINT fk_leaderboard_course_id FOREIGN KEY(course_id) REFERENCES course (id) ON DELETE RESTRICT
);

CREATE INDEX ix_leaderboard_center_id_id ON leaderboard (center_id, id);

CREATE INDEX ix_leaderboard_course_id ON leaderboard (course_id);

CREATE INDEX ix_leaderboard_grade_level_id ON leaderboard (grade_level_id);

CREATE INDEX ix_leaderboard_group_id ON leaderboard (group_id);

CREATE TABLE question (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    assessment_id BIGINT NOT NULL,
    kind VARCHAR(32) NOT NULL,
    text VARCHAR(5000) NOT NULL,
    text_ar VARCHAR(5000),
    text_fr VARCHAR(5000),
    points NUMERIC(8, 2) NOT NULL,
    position INTEGER NOT NULL,
    explanation VARCHAR(5000) NOT NULL,
    model_answer VARCHAR(5000) NOT NULL,
    image VARCHAR(255),
    is_required BOOLEAN NOT NULL,
    case_sensitive BOOLEAN NOT NULL,
    seed INTEGER NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_question PRIMARY KEY (id),
    CONSTRAINT fk_question_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_question_assessment_id FOREIGN KEY(assessment_id) REFERENCES assessment (id) ON DELETE RESTRICT,
    CONSTRAINT ck_question_kind CHECK (kind IN ('single_choice', 'multiple_choice', 'true_false', 'fill_blanks', 'short_text', 'long_text', 'matching', 'ordering'))
);

CREATE INDEX ix_question_assessment_id ON question (assessment_id);

CREATE INDEX ix_question_center_id_id ON question (center_id, id);

CREATE TABLE student (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    student_number VARCHAR(32),
    branch_id BIGINT NOT NULL,
    group_id BIGINT,
    status VARCHAR(32) NOT NULL,
    enrollment_date DATE NOT NULL,
    parent_name VARCHAR(150) NOT NULL,
    parent_phone VARCHAR(32),
    CONSTRAINT pk_student PRIMARY KEY (id),
    CONSTRAINT uq_student_center_id_user_id UNIQUE (center_id, user_id),
    CONSTRAINT uq_student_center_id_student_number UNIQUE (center_id, student_number),
    CONSTRAINT fk_student_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_student_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_student_branch_id FOREIGN KEY(branch_id) REFERENCES branch (id) ON DELETE RESTRICT,
    CONSTRAINT fk_student_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT ck_student_status CHECK (status IN ('active', 'inactive', 'blocked', 'graduated'))
);

CREATE INDEX ix_student_branch_id ON student (branch_id);

CREATE INDEX ix_student_center_id_id ON student (center_id, id);

CREATE INDEX ix_student_center_id_status ON student (center_id, status, id);

CREATE INDEX ix_student_group_id ON student (group_id);

CREATE INDEX ix_student_user_id ON student (user_id);

CREATE TABLE timetable (
    id BIGSERIAL NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    effective_from DATE NOT NULL,
    effective_to DATE,
    is_active BOOLEAN NOT NULL,
    created_by_id BIGINT,
    CONSTRAINT pk_timetable PRIMARY KEY (id),
    CONSTRAINT fk_timetable_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_timetable_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE CASCADE,
    CONSTRAINT fk_timetable_created_by_id FOREIGN KEY(created_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_timetable_center_id_id ON timetable (center_id, id);

CREATE INDEX ix_timetable_created_by_id ON timetable (created_by_id);

CREATE INDEX ix_timetable_group_id ON timetable (group_id);

CREATE TABLE attempt (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    assessment_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    status VARCHAR(32) NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deadline TIMESTAMP WITH TIME ZONE,
    submitted_at TIMESTAMP WITH TIME ZONE,
    seconds INTEGER,
    is_late BOOLEAN NOT NULL,
    max_points NUMERIC(8, 2) NOT NULL,
    raw_points NUMERIC(8, 2),
    points NUMERIC(8, 2),
    override NUMERIC(8, 2),
    percent NUMERIC(5, 2),
    auto_graded BOOLEAN,
    feedback VARCHAR(5000),
    graded_at TIMESTAMP WITH TIME ZONE,
    graded_by_id BIGINT,
    is_best BOOLEAN NOT NULL,
    score_published_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_attempt PRIMARY KEY (id),
    CONSTRAINT uq_attempt_assessment_id_student_id_number UNIQUE (assessment_id, student_id, number),
    CONSTRAINT fk_attempt_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_attempt_assessment_id FOREIGN KEY(assessment_id) REFERENCES assessment (id) ON DELETE RESTRICT,
    CONSTRAINT fk_attempt_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT ck_attempt_status CHECK (status IN ('open', 'submitted', 'graded')),
    CONSTRAINT fk_attempt_graded_by_id FOREIGN KEY(graded_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_attempt_center_id_id ON attempt (center_id, id);

CREATE INDEX ix_attempt_graded_by_id ON attempt (graded_by_id);

CREATE INDEX ix_attempt_open_deadline ON attempt (deadline) WHERE status = 'open';

CREATE INDEX ix_attempt_student_id ON attempt (student_id);

CREATE UNIQUE INDEX uq_attempt_assessment_id_student_id ON attempt (assessment_id, student_id) WHERE is_best IS true;

CREATE UNIQUE INDEX uq_attempt_open ON attempt (assessment_id, student_id) WHERE status = 'open';

CREATE TABLE badge_award (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    badge_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    earned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_badge_award PRIMARY KEY (id),
    CONSTRAINT uq_badge_award_badge_id_student_id UNIQUE (badge_id, student_id),
    CONSTRAINT fk_badge_award_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_badge_award_badge_id FOREIGN KEY(badge_id) REFERENCES badge (id) ON DELETE RESTRICT,
    CONSTRAINT fk_badge_award_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT
);

CREATE INDEX ix_badge_award_center_id ON badge_award (center_id);

CREATE INDEX ix_badge_award_student_id ON badge_award (student_id);

CREATE TABLE calendar_feed (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    membership_id BIGINT NOT NULL,
    student_id BIGINT,
    teacher_id BIGINT,
    token_digest VARCHAR(64) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_calendar_feed PRIMARY KEY (id),
    CONSTRAINT uq_calendar_feed_token_digest UNIQUE (token_digest),
    CONSTRAINT fk_calendar_feed_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_calendar_feed_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE CASCADE,
    CONSTRAINT fk_calendar_feed_membership_id FOREIGN KEY(membership_id) REFERENCES membership (id) ON DELETE CASCADE,
    CONSTRAINT fk_calendar_feed_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE CASCADE,
    CONSTRAINT fk_calendar_feed_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE CASCADE
);

CREATE INDEX ix_calendar_feed_center_id ON calendar_feed (center_id);

CREATE INDEX ix_calendar_feed_membership_id ON calendar_feed (membership_id);

CREATE INDEX ix_calendar_feed_student_id ON calendar_feed (student_id);

CREATE INDEX ix_calendar_feed_teacher_id ON calendar_feed (teacher_id);

CREATE INDEX ix_calendar_feed_user_id ON calendar_feed (user_id);

CREATE TABLE choice (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    question_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    text VARCHAR(1000) NOT NULL,
    match VARCHAR(500),
    blank INTEGER,
    place INTEGER,
    is_correct BOOLEAN NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_choice PRIMARY KEY (id),
    CONSTRAINT fk_choice_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_choice_question_id FOREIGN KEY(question_id) REFERENCES question (id) ON DELETE CASCADE
);

CREATE INDEX ix_choice_center_id ON choice (center_id);

CREATE INDEX ix_choice_question_id ON choice (question_id);

CREATE UNIQUE INDEX uq_choice_question_id_position ON choice (question_id, position) WHERE retired_at IS NULL;

CREATE TABLE contract (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    group_id BIGINT,
    contract_number VARCHAR(64),
    contract_file VARCHAR(255) NOT NULL,
    signed_date DATE,
    is_verified BOOLEAN NOT NULL,
    verified_by_id BIGINT,
    verified_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_contract PRIMARY KEY (id),
    CONSTRAINT uq_contract_center_id_contract_number UNIQUE (center_id, contract_number),
    CONSTRAINT fk_contract_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_contract_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT fk_contract_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_contract_verified_by_id FOREIGN KEY(verified_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_contract_center_id_id ON contract (center_id, id);

CREATE INDEX ix_contract_group_id ON contract (group_id);

CREATE INDEX ix_contract_student_id ON contract (student_id);

CREATE INDEX ix_contract_verified_by_id ON contract (verified_by_id);

CREATE TABLE enrollment (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    academic_year_id BIGINT,
    enrolled_on DATE NOT NULL,
    left_on DATE,
    CONSTRAINT pk_enrollment PRIMARY KEY (id),
    CONSTRAINT fk_enrollment_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_enrollment_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_enrollment_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT fk_enrollment_academic_year_id FOREIGN KEY(academic_year_id) REFERENCES academic_year (id) ON DELETE RESTRICT
);

CREATE INDEX ix_enrollment_academic_year_id ON enrollment (academic_year_id);

CREATE INDEX ix_enrollment_center_id_id ON enrollment (center_id, id);

CREATE INDEX ix_enrollment_group_id ON enrollment (group_id);

CREATE INDEX ix_enrollment_student_id ON enrollment (student_id);

CREATE UNIQUE INDEX uq_enrollment_open ON enrollment (group_id, student_id) WHERE left_on IS NULL;

CREATE UNIQUE INDEX uq_enrollment_student_id_academic_year_id ON enrollment (student_id, academic_year_id) WHERE left_on IS NULL;

CREATE TABLE exam_result (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    exam_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    score NUMERIC(8, 2),
    grade VARCHAR(32),
    answer_file VARCHAR(255),
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    graded_at TIMESTAMP WITH TIME ZONE,
    graded_by_id BIGINT,
    CONSTRAINT pk_exam_result PRIMARY KEY (id),
    CONSTRAINT uq_exam_result_exam_id_student_id UNIQUE (exam_id, student_id),
    CONSTRAINT fk_exam_result_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_exam_result_exam_id FOREIGN KEY(exam_id) REFERENCES exam (id) ON DELETE RESTRICT,
    CONSTRAINT fk_exam_result_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT ck_exam_result_grade CHECK (grade IN ('A', 'B', 'C', 'D', 'F')),
    CONSTRAINT fk_exam_result_graded_by_id FOREIGN KEY(graded_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_exam_result_center_id_id ON exam_result (center_id, id);

CREATE INDEX ix_exam_result_graded_by_id ON exam_result (graded_by_id);

CREATE INDEX ix_exam_result_student_id ON exam_result (student_id);

CREATE TABLE guardianship (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    guardian_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    relationship VARCHAR(50) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_guardianship PRIMARY KEY (id),
    CONSTRAINT fk_guardianship_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_guardianship_guardian_id FOREIGN KEY(guardian_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_guardianship_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT
);

CREATE INDEX ix_guardianship_center_id_id ON guardianship (center_id, id);

CREATE INDEX ix_guardianship_guardian_id ON guardianship (guardian_id);

CREATE INDEX ix_guardianship_student_id ON guardianship (student_id);

CREATE UNIQUE INDEX uq_guardianship_guardian_id_student_id ON guardianship (guardian_id, student_id) WHERE ended_at IS NULL;

CREATE TABLE invoice (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    group_id BIGINT,
    run_id BIGINT,
    charged_for VARCHAR(7),
    amount NUMERIC(14, 2) NOT NULL,
    paid NUMERIC(14, 2) NOT NULL,
    remaining NUMERIC(14, 2) NOT NULL,
    issued_on DATE NOT NULL,
    due_date DATE NOT NULL,
    description VARCHAR(500) NOT NULL,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_invoice PRIMARY KEY (id),
    CONSTRAINT uq_invoice_group_id_student_id_charged_for UNIQUE (group_id, student_id, charged_for),
    CONSTRAINT fk_invoice_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_invoice_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT fk_invoice_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_invoice_run_id FOREIGN KEY(run_id) REFERENCES charge_run (id) ON DELETE RESTRICT
);

CREATE INDEX ix_invoice_center_id_due_date ON invoice (center_id, due_date);

CREATE INDEX ix_invoice_center_id_id ON invoice (center_id, id);

CREATE INDEX ix_invoice_run_id ON invoice (run_id);

CREATE INDEX ix_invoice_student_id ON invoice (student_id);

CREATE TABLE lead (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    branch_id BIGINT NOT NULL,
    name VARCHAR(200) NOT NULL,
    email VARCHAR(254),
    phone VARCHAR(32) NOT NULL,
    course_id BIGINT,
    status VARCHAR(32) NOT NULL,
    source VARCHAR(100),
    assigned_to_id BIGINT,
    notes VARCHAR(5000) NOT NULL,
    student_id BIGINT,
    converted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_lead PRIMARY KEY (id),
    CONSTRAINT fk_lead_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_lead_branch_id FOREIGN KEY(branch_id) REFERENCES branch (id) ON DELETE RESTRICT,
    CONSTRAINT fk_lead_course_id FOREIGN KEY(course_id) REFERENCES course (id) ON DELETE RESTRICT,
    CONSTRAINT ck_lead_status CHECK (status IN ('new', 'contacted', 'converted', 'lost')),
    CONSTRAINT fk_lead_assigned_to_id FOREIGN KEY(assigned_to_id) REFERENCES user_ (id) ON DELETE SET NULL,
    CONSTRAINT fk_lead_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE SET NULL
);

CREATE INDEX ix_lead_assigned_to_id ON lead (assigned_to_id);

CREATE INDEX ix_lead_branch_id ON lead (branch_id);

CREATE INDEX ix_lead_center_id_id ON lead (center_id, id);

CREATE INDEX ix_lead_course_id ON lead (course_id);

CREATE INDEX ix_lead_student_id ON lead (student_id);

CREATE TABLE leaderboard_entry (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    leaderboard_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    rank INTEGER NOT NULL,
    total_points INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    average NUMERIC(5, 2) NOT NULL,
    badges INTEGER NOT NULL,
    rank_change INTEGER NOT NULL,
    CONSTRAINT pk_leaderboard_entry PRIMARY KEY (id),
    CONSTRAINT uq_leaderboard_entry_leaderboard_id_student_id UNIQUE (leaderboard_id, student_id),
    CONSTRAINT fk_leaderboard_entry_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_leaderboard_entry_leaderboard_id FOREIGN KEY(leaderboard_id) REFERENCES leaderboard (id) ON DELETE CASCADE,
    CONSTRAINT fk_leaderboard_entry_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE CASCADE
);

CREATE INDEX ix_leaderboard_entry_center_id ON leaderboard_entry (center_id);

CREATE INDEX ix_leaderboard_entry_student_id ON leaderboard_entry (student_id);

CREATE TABLE lesson_progress (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    lesson_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    seconds INTEGER NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_lesson_progress PRIMARY KEY (id),
    CONSTRAINT uq_lesson_progress_lesson_id_student_id UNIQUE (lesson_id, student_id),
    CONSTRAINT fk_lesson_progress_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_lesson_progress_lesson_id FOREIGN KEY(lesson_id) REFERENCES lesson (id) ON DELETE RESTRICT,
    CONSTRAINT fk_lesson_progress_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE CASCADE
);

CREATE INDEX ix_lesson_progress_center_id ON lesson_progress (center_id);

CREATE INDEX ix_lesson_progress_student_id ON lesson_progress (student_id);

CREATE TABLE lesson_view (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    lesson_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    viewed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    weekday INTEGER NOT NULL,
    half_hour INTEGER NOT NULL,
    CONSTRAINT pk_lesson_view PRIMARY KEY (id),
    CONSTRAINT uq_lesson_view_lesson_id_student_id_half_hour UNIQUE (lesson_id, student_id, half_hour),
    CONSTRAINT fk_lesson_view_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_lesson_view_lesson_id FOREIGN KEY(lesson_id) REFERENCES lesson (id) ON DELETE CASCADE,
    CONSTRAINT fk_lesson_view_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE CASCADE
);

CREATE INDEX ix_lesson_view_center_id ON lesson_view (center_id);

CREATE INDEX ix_lesson_view_lesson_id_weekday ON lesson_view (lesson_id, center_id, weekday);

CREATE INDEX ix_lesson_view_student_id ON lesson_view (student_id);

CREATE TABLE notification (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    type VARCHAR(32) NOT NULL,
    title VARCHAR(200) NOT NULL,
    message VARCHAR(5000) NOT NULL,
    title_ar VARCHAR(200),
    title_fr VARCHAR(200),
    message_ar VARCHAR(5000),
    message_fr VARCHAR(5000),
    priority VARCHAR(32),
    student_id BIGINT,
    about_kind VARCHAR(40),
    about_id INTEGER,
    is_read BOOLEAN NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    auto_generated BOOLEAN NOT NULL,
    requires_action BOOLEAN NOT NULL,
    action_taken BOOLEAN NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    key VARCHAR(120),
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_notification PRIMARY KEY (id),
    CONSTRAINT uq_notification_user_id_key UNIQUE (user_id, key),
    CONSTRAINT fk_notification_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_notification_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE CASCADE,
    CONSTRAINT ck_notification_type CHECK (type IN ('lesson_reminder', 'payment_reminder', 'lesson_cancelled', 'assignment_created', 'exam_scheduled', 'result_published', 'general', 'absence_alert', 'late_alert', 'flag_created', 'flag_resolved', 'chronic_absence', 'attendance_summary', 'excuse_required', 'grade_published', 'badge_earned', 'system')),
    CONSTRAINT ck_notification_priority CHECK (priority IN ('low', 'medium', 'high', 'urgent')),
    CONSTRAINT fk_notification_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE SET NULL
);

CREATE INDEX ix_notification_center_id_id ON notification (center_id, id);

CREATE INDEX ix_notification_student_id ON notification (student_id);

CREATE TABLE series (
    id BIGSERIAL NOT NULL,
    archived_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    timetable_id BIGINT,
    group_id BIGINT NOT NULL,
    course_id BIGINT,
    teacher_id BIGINT,
    room_id BIGINT,
    weekdays VARCHAR(27) NOT NULL,
    first_date DATE NOT NULL,
    last_date DATE NOT NULL,
    start_time TIME WITHOUT TIME ZONE NOT NULL,
    end_time TIME WITHOUT TIME ZONE NOT NULL,
    type VARCHAR(32) NOT NULL,
    is_active BOOLEAN NOT NULL,
    notes VARCHAR(5000) NOT NULL,
    CONSTRAINT pk_series PRIMARY KEY (id),
    CONSTRAINT fk_series_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_series_timetable_id FOREIGN KEY(timetable_id) REFERENCES timetable (id) ON DELETE CASCADE,
    CONSTRAINT fk_series_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE CASCADE,
    CONSTRAINT fk_series_course_id FOREIGN KEY(course_id) REFERENCES course (id) ON DELETE RESTRICT,
    CONSTRAINT fk_series_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE SET NULL,
    CONSTRAINT fk_series_room_id FOREIGN KEY(room_id) REFERENCES room (id) ON DELETE SET NULL,
    CONSTRAINT ck_series_type CHECK (type IN ('regular', 'exam', 'lab', 'field_trip'))
);

CREATE INDEX ix_series_center_id ON series (center_id);

CREATE INDEX ix_series_course_id ON series (course_id);

CREATE INDEX ix_series_group_id ON series (group_id);

CREATE INDEX ix_series_room_id ON series (room_id);

CREATE INDEX ix_series_teacher_id ON series (teacher_id);

CREATE INDEX ix_series_timetable_id ON series (timetable_id);

CREATE TABLE sign_in (
    id BIGSERIAL NOT NULL,
    center_id BIGINT,
    user_id BIGINT NOT NULL,
    membership_id BIGINT NOT NULL,
    student_id BIGINT,
    teacher_id BIGINT,
    key_digest VARCHAR(64) NOT NULL,
    token_id VARCHAR(64) NOT NULL,
    replaced_tokens VARCHAR(500) NOT NULL,
    host VARCHAR(64) NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sign_in PRIMARY KEY (id),
    CONSTRAINT fk_sign_in_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_sign_in_user_id FOREIGN KEY(user_id) REFERENCES user_ (id) ON DELETE CASCADE,
    CONSTRAINT fk_sign_in_membership_id FOREIGN KEY(membership_id) REFERENCES membership (id) ON DELETE CASCADE,
    CONSTRAINT fk_sign_in_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE CASCADE,
    CONSTRAINT fk_sign_in_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE CASCADE
);

CREATE INDEX ix_sign_in_center_id ON sign_in (center_id);

CREATE INDEX ix_sign_in_membership_id ON sign_in (membership_id);

CREATE INDEX ix_sign_in_student_id ON sign_in (student_id);

CREATE INDEX ix_sign_in_teacher_id ON sign_in (teacher_id);

CREATE INDEX ix_sign_in_user_id ON sign_in (user_id);

CREATE TABLE submission (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    assignment_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    file VARCHAR(255),
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    grade NUMERIC(5, 2),
    feedback VARCHAR(5000),
    graded_at TIMESTAMP WITH TIME ZONE,
    graded_by_id BIGINT,
    CONSTRAINT pk_submission PRIMARY KEY (id),
    CONSTRAINT uq_submission_assignment_id_student_id UNIQUE (assignment_id, student_id),
    CONSTRAINT fk_submission_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_submission_assignment_id FOREIGN KEY(assignment_id) REFERENCES assignment (id) ON DELETE RESTRICT,
    CONSTRAINT fk_submission_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT fk_submission_graded_by_id FOREIGN KEY(graded_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_submission_center_id_id ON submission (center_id, id);

CREATE INDEX ix_submission_graded_by_id ON submission (graded_by_id);

CREATE INDEX ix_submission_student_id ON submission (student_id);

CREATE TABLE wallet (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    total_points INTEGER NOT NULL,
    total_coins INTEGER NOT NULL,
    points_spent INTEGER NOT NULL,
    coins_spent INTEGER NOT NULL,
    CONSTRAINT pk_wallet PRIMARY KEY (id),
    CONSTRAINT uq_wallet_student_id UNIQUE (student_id),
    CONSTRAINT fk_wallet_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_wallet_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE CASCADE
);

CREATE INDEX ix_wallet_center_id_id ON wallet (center_id, id);

CREATE TABLE answer (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    attempt_id BIGINT NOT NULL,
    question_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    choice_id BIGINT,
    text VARCHAR(5000),
    given TEXT,
    answered_at TIMESTAMP WITH TIME ZONE,
    points NUMERIC(8, 2),
    is_correct BOOLEAN,
    feedback VARCHAR(5000),
    graded_at TIMESTAMP WITH TIME ZONE,
    graded_by_id BIGINT,
    CONSTRAINT pk_answer PRIMARY KEY (id),
    CONSTRAINT uq_answer_attempt_id_question_id UNIQUE (attempt_id, question_id),
    CONSTRAINT fk_answer_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_answer_attempt_id FOREIGN KEY(attempt_id) REFERENCES attempt (id) ON DELETE CASCADE,
    CONSTRAINT fk_answer_question_id FOREIGN KEY(question_id) REFERENCES question (id) ON DELETE RESTRICT,
    CONSTRAINT fk_answer_choice_id FOREIGN KEY(choice_id) REFERENCES choice (id) ON DELETE RESTRICT,
    CONSTRAINT fk_answer_graded_by_id FOREIGN KEY(graded_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_answer_center_id ON answer (center_id);

CREATE INDEX ix_answer_choice_id ON answer (choice_id);

CREATE INDEX ix_answer_graded_by_id ON answer (graded_by_id);

CREATE INDEX ix_answer_question_id ON answer (question_id);

CREATE TABLE delivery (
    id BIGSERIAL NOT NULL,
    center_id BIGINT,
    channel VARCHAR(32) NOT NULL,
    address VARCHAR(254) NOT NULL,
    subject VARCHAR(500) NOT NULL,
    text VARCHAR(5000) NOT NULL,
    is_secret BOOLEAN NOT NULL,
    template_id BIGINT,
    status VARCHAR(32) NOT NULL,
    attempts INTEGER NOT NULL,
    error VARCHAR(500) NOT NULL,
    notification_id BIGINT,
    sent_by_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    next_try_at TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_delivery PRIMARY KEY (id),
    CONSTRAINT fk_delivery_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT ck_delivery_channel CHECK (channel IN ('sms', 'email')),
    CONSTRAINT fk_delivery_template_id FOREIGN KEY(template_id) REFERENCES sms_template (id) ON DELETE SET NULL,
    CONSTRAINT ck_delivery_status CHECK (status IN ('queued', 'sent', 'failed')),
    CONSTRAINT fk_delivery_notification_id FOREIGN KEY(notification_id) REFERENCES notification (id) ON DELETE SET NULL,
    CONSTRAINT fk_delivery_sent_by_id FOREIGN KEY(sent_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_delivery_center_id_created_at ON delivery (center_id, channel, created_at);

CREATE INDEX ix_delivery_center_id_id ON delivery (center_id, id);

CREATE INDEX ix_delivery_notification_id ON delivery (notification_id);

CREATE INDEX ix_delivery_sent_by_id ON delivery (sent_by_id);

CREATE INDEX ix_delivery_template_id ON delivery (template_id);

CREATE INDEX ix_delivery_waiting ON delivery (channel, next_try_at) WHERE status = 'queued';

CREATE TABLE payment (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    group_id BIGINT,
    invoice_id BIGINT,
    amount NUMERIC(14, 2) NOT NULL,
    unallocated NUMERIC(14, 2) NOT NULL,
    method VARCHAR(32) NOT NULL,
    paid_on DATE NOT NULL,
    due_date DATE,
    receipt_number VARCHAR(64) NOT NULL,
    document VARCHAR(255),
    received_by_id BIGINT,
    notes VARCHAR(5000) NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payment PRIMARY KEY (id),
    CONSTRAINT uq_payment_center_id_receipt_number UNIQUE (center_id, receipt_number),
    CONSTRAINT fk_payment_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_payment_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT fk_payment_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_payment_invoice_id FOREIGN KEY(invoice_id) REFERENCES invoice (id) ON DELETE RESTRICT,
    CONSTRAINT ck_payment_method CHECK (method IN ('cash', 'card', 'transfer', 'online')),
    CONSTRAINT fk_payment_received_by_id FOREIGN KEY(received_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_payment_center_id_due_date ON payment (center_id, due_date);

CREATE INDEX ix_payment_center_id_id ON payment (center_id, id);

CREATE INDEX ix_payment_group_id ON payment (group_id);

CREATE INDEX ix_payment_invoice_id ON payment (invoice_id);

CREATE INDEX ix_payment_received_by_id ON payment (received_by_id);

CREATE INDEX ix_payment_student_id ON payment (student_id);

CREATE TABLE reward_entry (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    wallet_id BIGINT NOT NULL,
    type VARCHAR(32) NOT NULL,
    reason VARCHAR(32) NOT NULL,
    points INTEGER NOT NULL,
    coins INTEGER NOT NULL,
    about_kind VARCHAR(40),
    about_id INTEGER,
    description VARCHAR(500) NOT NULL,
    key VARCHAR(120),
    made_by_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reward_entry PRIMARY KEY (id),
    CONSTRAINT uq_reward_entry_wallet_id_key UNIQUE (wallet_id, key),
    CONSTRAINT fk_reward_entry_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_reward_entry_wallet_id FOREIGN KEY(wallet_id) REFERENCES wallet (id) ON DELETE RESTRICT,
    CONSTRAINT ck_reward_entry_type CHECK (type IN ('earned', 'spent', 'bonus', 'penalty')),
    CONSTRAINT ck_reward_entry_reason CHECK (reason IN ('homework_completion', 'perfect_score', 'early_submission', 'on_time_submission', 'streak_bonus', 'badge_earned', 'manual_adjustment')),
    CONSTRAINT fk_reward_entry_made_by_id FOREIGN KEY(made_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_reward_entry_center_id_created_at ON reward_entry (center_id, created_at);

CREATE INDEX ix_reward_entry_center_id_id ON reward_entry (center_id, id);

CREATE INDEX ix_reward_entry_made_by_id ON reward_entry (made_by_id);

CREATE TABLE session (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    teacher_id BIGINT,
    room_id BIGINT,
    series_id BIGINT,
    course_id BIGINT,
    date DATE NOT NULL,
    start_time TIME WITHOUT TIME ZONE,
    end_time TIME WITHOUT TIME ZONE,
    minutes INTEGER,
    starts_at TIMESTAMP WITH TIME ZONE,
    ends_at TIMESTAMP WITH TIME ZONE,
    topic VARCHAR(500) NOT NULL,
    notes VARCHAR(5000) NOT NULL,
    online_link VARCHAR(500),
    is_cancelled BOOLEAN NOT NULL,
    register_status VARCHAR(32),
    started_at TIMESTAMP WITH TIME ZONE,
    completed_at TIMESTAMP WITH TIME ZONE,
    started_by_id BIGINT,
    completed_by_id BIGINT,
    CONSTRAINT pk_session PRIMARY KEY (id),
    CONSTRAINT fk_session_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_session_group_id FOREIGN KEY(group_id) REFERENCES group_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_session_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE RESTRICT,
    CONSTRAINT fk_session_room_id FOREIGN KEY(room_id) REFERENCES room (id) ON DELETE RESTRICT,
    CONSTRAINT fk_session_series_id FOREIGN KEY(series_id) REFERENCES series (id) ON DELETE SET NULL,
    CONSTRAINT fk_session_course_id FOREIGN KEY(course_id) REFERENCES course (id) ON DELETE RESTRICT,
    CONSTRAINT ck_session_register_status CHECK (register_status IN ('not_started', 'in_progress', 'completed')),
    CONSTRAINT fk_session_started_by_id FOREIGN KEY(started_by_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_session_completed_by_id FOREIGN KEY(completed_by_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT ex_session_group_id EXCLUDE USING gist (int8range(group_id, group_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) WHERE (session.group_id IS NOT NULL AND session.starts_at IS NOT NULL AND session.is_cancelled IS false) DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT ex_session_teacher_id EXCLUDE USING gist (int8range(teacher_id, teacher_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) WHERE (session.teacher_id IS NOT NULL AND session.starts_at IS NOT NULL AND session.is_cancelled IS false) DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT ex_session_room_id EXCLUDE USING gist (int8range(room_id, room_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) WHERE (session.room_id IS NOT NULL AND session.starts_at IS NOT NULL AND session.is_cancelled IS false) DEFERRABLE INITIALLY IMMEDIATE
);

CREATE INDEX ix_session_center_id_date ON session (center_id, date);

CREATE INDEX ix_session_center_id_id ON session (center_id, id);

CREATE INDEX ix_session_center_id_starts_at ON session (center_id, starts_at);

CREATE INDEX ix_session_completed_by_id ON session (completed_by_id);

CREATE INDEX ix_session_course_id ON session (course_id);

CREATE INDEX ix_session_group_id ON session (group_id);

CREATE INDEX ix_session_room_id ON session (room_id);

CREATE INDEX ix_session_series_id ON session (series_id);

CREATE INDEX ix_session_started_by_id ON session (started_by_id);

CREATE INDEX ix_session_teacher_id ON session (teacher_id);

CREATE UNIQUE INDEX uq_session_register ON session (group_id, date) WHERE start_time IS NULL AND is_cancelled IS false;

CREATE UNIQUE INDEX uq_session_series_id_date ON session (series_id, date) WHERE register_status IS NOT NULL;

CREATE TABLE absence_flag (
    id BIGSERIAL NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    center_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    session_id BIGINT NOT NULL,
    type VARCHAR(32) NOT NULL,
    priority VARCHAR(32) NOT NULL,
    status VARCHAR(32) NOT NULL,
    absence_count INTEGER NOT NULL,
    auto_generated BOOLEAN NOT NULL,
    follow_up_required BOOLEAN NOT NULL,
    resolution VARCHAR(32),
    resolution_notes VARCHAR(5000) NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    resolved_by_id BIGINT,
    created_by_id BIGINT,
    CONSTRAINT pk_absence_flag PRIMARY KEY (id),
    CONSTRAINT fk_absence_flag_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_absence_flag_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT fk_absence_flag_session_id FOREIGN KEY(session_id) REFERENCES session (id) ON DELETE RESTRICT,
    CONSTRAINT ck_absence_flag_type CHECK (type IN ('absence', 'chronic_absence', 'late_pattern')),
    CONSTRAINT ck_absence_flag_priority CHECK (priority IN ('low', 'medium', 'high', 'urgent')),
    CONSTRAINT ck_absence_flag_status CHECK (status IN ('active', 'resolved', 'dismissed')),
    CONSTRAINT ck_absence_flag_resolution CHECK (resolution IN ('justified', 'unjustified', 'partial')),
    CONSTRAINT fk_absence_flag_resolved_by_id FOREIGN KEY(resolved_by_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT fk_absence_flag_created_by_id FOREIGN KEY(created_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_absence_flag_center_id_id ON absence_flag (center_id, id);

CREATE INDEX ix_absence_flag_created_by_id ON absence_flag (created_by_id);

CREATE INDEX ix_absence_flag_resolved_by_id ON absence_flag (resolved_by_id);

CREATE INDEX ix_absence_flag_session_id ON absence_flag (session_id);

CREATE INDEX ix_absence_flag_student_id ON absence_flag (student_id);

CREATE UNIQUE INDEX uq_absence_flag_chronic_absence ON absence_flag (student_id) WHERE type = 'chronic_absence' AND status = 'active';

CREATE UNIQUE INDEX uq_absence_flag_late_pattern ON absence_flag (student_id) WHERE type = 'late_pattern' AND status = 'active';

CREATE UNIQUE INDEX uq_absence_flag_student_id_session_id_type ON absence_flag (student_id, session_id, type) WHERE status = 'active' AND auto_generated IS true;

CREATE TABLE attendance (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    session_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    status VARCHAR(32) NOT NULL,
    notes VARCHAR(500) NOT NULL,
    late_minutes INTEGER,
    absence_reason VARCHAR(500) NOT NULL,
    client_id VARCHAR(64),
    marked_on_device_at TIMESTAMP WITH TIME ZONE,
    teacher_id BIGINT,
    marker_id BIGINT,
    marked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_attendance PRIMARY KEY (id),
    CONSTRAINT uq_attendance_session_id_student_id UNIQUE (session_id, student_id),
    CONSTRAINT fk_attendance_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_attendance_session_id FOREIGN KEY(session_id) REFERENCES session (id) ON DELETE RESTRICT,
    CONSTRAINT fk_attendance_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT ck_attendance_status CHECK (status IN ('present', 'absent', 'late', 'excused')),
    CONSTRAINT fk_attendance_teacher_id FOREIGN KEY(teacher_id) REFERENCES teacher (id) ON DELETE SET NULL,
    CONSTRAINT fk_attendance_marker_id FOREIGN KEY(marker_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_attendance_center_id_id ON attendance (center_id, id);

CREATE INDEX ix_attendance_marker_id ON attendance (marker_id);

CREATE INDEX ix_attendance_session_id_status ON attendance (session_id, center_id, status);

CREATE INDEX ix_attendance_student_id_status ON attendance (student_id, center_id, status);

CREATE INDEX ix_attendance_teacher_id ON attendance (teacher_id);

CREATE TABLE attendance_correction (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    session_id BIGINT NOT NULL,
    student_id BIGINT NOT NULL,
    corrected_by_id BIGINT,
    corrected_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status_before VARCHAR(32) NOT NULL,
    notes_before VARCHAR(500) NOT NULL,
    late_minutes_before INTEGER,
    reason_before VARCHAR(500) NOT NULL,
    status_after VARCHAR(32),
    notes_after VARCHAR(500) NOT NULL,
    late_minutes_after INTEGER,
    reason_after VARCHAR(500) NOT NULL,
    CONSTRAINT pk_attendance_correction PRIMARY KEY (id),
    CONSTRAINT fk_attendance_correction_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_attendance_correction_session_id FOREIGN KEY(session_id) REFERENCES session (id) ON DELETE CASCADE,
    CONSTRAINT fk_attendance_correction_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE CASCADE,
    CONSTRAINT fk_attendance_correction_corrected_by_id FOREIGN KEY(corrected_by_id) REFERENCES user_ (id) ON DELETE RESTRICT,
    CONSTRAINT ck_attendance_correction_status_before CHECK (status_before IN ('present', 'absent', 'late', 'excused')),
    CONSTRAINT ck_attendance_correction_status_after CHECK (status_after IN ('present', 'absent', 'late', 'excused'))
);

CREATE INDEX ix_attendance_correction_center_id ON attendance_correction (center_id);

CREATE INDEX ix_attendance_correction_corrected_by_id ON attendance_correction (corrected_by_id);

CREATE INDEX ix_attendance_correction_session_id ON attendance_correction (session_id);

CREATE INDEX ix_attendance_correction_student_id ON attendance_correction (student_id);

CREATE TABLE ledger_entry (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    kind VARCHAR(32) NOT NULL,
    amount NUMERIC(16, 2) NOT NULL,
    student_id BIGINT,
    invoice_id BIGINT,
    payment_id BIGINT,
    payroll_id BIGINT,
    made_by_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ledger_entry PRIMARY KEY (id),
    CONSTRAINT fk_ledger_entry_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT ck_ledger_entry_kind CHECK (kind IN ('charge', 'payment', 'salary')),
    CONSTRAINT fk_ledger_entry_student_id FOREIGN KEY(student_id) REFERENCES student (id) ON DELETE RESTRICT,
    CONSTRAINT fk_ledger_entry_invoice_id FOREIGN KEY(invoice_id) REFERENCES invoice (id) ON DELETE RESTRICT,
    CONSTRAINT fk_ledger_entry_payment_id FOREIGN KEY(payment_id) REFERENCES payment (id) ON DELETE RESTRICT,
    CONSTRAINT fk_ledger_entry_payroll_id FOREIGN KEY(payroll_id) REFERENCES payroll (id) ON DELETE RESTRICT,
    CONSTRAINT fk_ledger_entry_made_by_id FOREIGN KEY(made_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_ledger_entry_center_id_id ON ledger_entry (center_id, id);

CREATE INDEX ix_ledger_entry_invoice_id ON ledger_entry (invoice_id);

CREATE INDEX ix_ledger_entry_made_by_id ON ledger_entry (made_by_id);

CREATE INDEX ix_ledger_entry_payment_id ON ledger_entry (payment_id);

CREATE INDEX ix_ledger_entry_payroll_id ON ledger_entry (payroll_id);

CREATE INDEX ix_ledger_entry_student_id ON ledger_entry (student_id);

CREATE TABLE flag_document (
    id BIGSERIAL NOT NULL,
    center_id BIGINT NOT NULL,
    flag_id BIGINT NOT NULL,
    file VARCHAR(255),
    note VARCHAR(5000) NOT NULL,
    added_by_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_flag_document PRIMARY KEY (id),
    CONSTRAINT fk_flag_document_center_id FOREIGN KEY(center_id) REFERENCES center (id) ON DELETE RESTRICT,
    CONSTRAINT fk_flag_document_flag_id FOREIGN KEY(flag_id) REFERENCES absence_flag (id) ON DELETE CASCADE,
    CONSTRAINT fk_flag_document_added_by_id FOREIGN KEY(added_by_id) REFERENCES user_ (id) ON DELETE RESTRICT
);

CREATE INDEX ix_flag_document_added_by_id ON flag_document (added_by_id);

CREATE INDEX ix_flag_document_center_id ON flag_document (center_id);

CREATE INDEX ix_flag_document_flag_id ON flag_document (flag_id);

ALTER TABLE center ADD CONSTRAINT fk_center_director_id FOREIGN KEY(director_id) REFERENCES membership (id) ON DELETE SET NULL;
